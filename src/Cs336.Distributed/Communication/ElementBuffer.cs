namespace Cs336.Distributed;

/// <summary>Elements in memory, which stay where they are as long as an engine works on them.</summary>
/// <param name="Address">Where the first one is: in main memory for MPI, in the device's for NCCL.</param>
/// <param name="Count">How many there are.</param>
/// <param name="Type">What they are.</param>
public readonly record struct ElementBuffer(nint Address, long Count, ElementType Type)
{
    /// <summary>Bytes of one element.</summary>
    public int ElementSize => Type switch
    {
        ElementType.Byte => sizeof(byte),
        ElementType.BFloat16 => sizeof(ushort),
        ElementType.Float32 => sizeof(float),
        _ => sizeof(long),
    };

    /// <summary>Bytes of all elements.</summary>
    public long Bytes => Count * ElementSize;

    /// <summary>Some of the elements.</summary>
    /// <param name="start">How many elements come before them.</param>
    /// <param name="count">How many elements there are from there on.</param>
    public ElementBuffer Slice(long start, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - start);
        return new ElementBuffer(Address + (nint)(start * ElementSize), count, Type);
    }

    /// <summary>Copies the elements to a buffer of as many, both in main memory.</summary>
    internal unsafe void CopyTo(ElementBuffer target) =>
        Buffer.MemoryCopy((void*)Address, (void*)target.Address, target.Bytes, Bytes);
}
