using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the kernels read and multiply blocks of 32 quantized weights.</summary>
internal unsafe interface IWeightBlocks
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>How much more than it is each weight counts as in <see cref="Products"/>.</summary>
    static abstract int Excess { get; }

    /// <summary>A block's weights in the form in which they are multiplied; computed once for all vectors.</summary>
    static abstract Vector256<byte> Prepare(byte* block);

    /// <summary>The sum of the products of a block's weights and as many quantised inputs, spread over the lanes.</summary>
    /// <param name="prepared">The weights, prepared.</param>
    /// <param name="block">The same weights, not prepared.</param>
    /// <param name="inputs">32 integers.</param>
    static abstract Vector256<int> Products(Vector256<byte> prepared, byte* block, sbyte* inputs);
}
