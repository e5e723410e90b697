using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Items, the one that comes before all others first. A 4-ary heap is half as deep as a binary one, and the four children of a node share a
/// cache line where items are small.
/// </summary>
/// <param name="order">Which of two items comes first.</param>
/// <param name="capacity">For how many there is room in the beginning, at least 1.</param>
internal struct Heap<T, TOrder>(TOrder order, int capacity)
    where TOrder : struct, IHeapOrder<T>
{
    private const int Arity = 4;

    private readonly TOrder _order = order;
    private T[] _items = new T[capacity];

    /// <summary>The number of items.</summary>
    public int Count { get; private set; }

    /// <summary>For how many items there is room without taking memory.</summary>
    public readonly int Capacity => _items.Length;

    /// <summary>The first item of a heap that is not empty.</summary>
    public readonly T First => _items[0];

    /// <summary>Removes all items; their memory stays.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds an item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(T item)
    {
        if (Count == _items.Length) Array.Resize(ref _items, (int)Math.Min(Array.MaxLength, 2L * Count));
        T[] items = _items;
        int hole = Count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / Arity;
            if (!_order.IsBefore(item, items[parent])) break;
            items[hole] = items[parent];
            hole = parent;
        }
        items[hole] = item;
    }

    /// <summary>Removes the first item.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void RemoveFirst()
    {
        T last = _items[--Count];
        if (Count > 0) ReplaceFirst(last);
    }

    /// <summary>Puts another item in the place of the first, which goes where it belongs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void ReplaceFirst(T item)
    {
        T[] items = _items;
        int count = Count;
        int hole = 0;
        while (true)
        {
            int child = (hole * Arity) + 1;
            if (child >= count) break;
            int best = child;
            for (int end = Math.Min(child + Arity, count); ++child < end;)
            {
                if (_order.IsBefore(items[child], items[best])) best = child;
            }
            if (!_order.IsBefore(items[best], item)) break;
            items[hole] = items[best];
            hole = best;
        }
        items[hole] = item;
    }
}
