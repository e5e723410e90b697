namespace Cs336.Tokenizers;

/// <summary>Which of two items a <see cref="Heap{T, TOrder}"/> gives first; a struct, so that the comparison is compiled into it.</summary>
internal interface IHeapOrder<T>
{
    bool IsBefore(in T x, in T y);
}
