using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the kernels read and multiply blocks of 32 quantized weights.</summary>
internal unsafe interface IWeightBlocks
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>How much more than it is each weight counts, as a power of two; null where it counts what it is.</summary>
    static abstract int? ExcessShift { get; }

    /// <summary>Whether <see cref="AddProducts"/> is faster than <see cref="Products"/> where there are several vectors.</summary>
    static abstract bool IsTiled { get; }

    /// <summary>The sum of the products of a block's weights and 32 quantised inputs, spread over the lanes.</summary>
    static abstract Vector256<int> Products(byte* block, sbyte* inputs);

    /// <summary>A block's weights as <see cref="AddProducts"/> takes them, a byte each.</summary>
    static abstract Vector256<byte> Unpack(byte* block);

    /// <summary>Adds to each lane the products of four weights and four inputs.</summary>
    static abstract Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs);
}
