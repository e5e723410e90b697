using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the kernels read and multiply blocks of 32 quantized weights.</summary>
internal unsafe interface IWeightBlocks
{
    /// <summary>Bytes of a block.</summary>
    static abstract int Bytes { get; }

    /// <summary>
    /// n where every weight is read as 2ⁿ more than it is, so that 2ⁿ times the sum of a block's inputs is to be subtracted; null where
    /// weights are read as they are.
    /// </summary>
    static abstract int? ExcessShift { get; }

    /// <summary>Whether <see cref="AddProducts"/> is faster than <see cref="Products"/> where there are several vectors.</summary>
    static abstract bool IsTiled { get; }

    /// <summary>
    /// The products of two blocks' weights with their inputs: the sum of the lower half of the lanes is the first's, that of the upper
    /// half the second's.
    /// </summary>
    /// <param name="first">The block for the lower half of the lanes.</param>
    /// <param name="second">The one for the upper half, of the same row.</param>
    /// <param name="inputs">The inputs of both, in the order of <see cref="BlockPairs"/>.</param>
    static abstract Vector256<int> Products(byte* first, byte* second, sbyte* inputs);

    /// <summary>A block's weights as <see cref="AddProducts"/> takes them, a byte each.</summary>
    static abstract Vector256<byte> Unpack(byte* block);

    /// <summary>
    /// Adds to each lane the products of four weights and four inputs; asked for only where <see cref="IsTiled"/>, eight times at most for
    /// sums that begin with zeros.
    /// </summary>
    static abstract Vector256<int> AddProducts(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>What <see cref="AddProducts"/> added up in each lane.</summary>
    static abstract Vector256<int> Total(Vector256<int> sums);
}
