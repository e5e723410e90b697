using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the int8 kernels multiply and sum integers.</summary>
internal unsafe interface IInt8Dot
{
    /// <summary>What the sums of a block start from.</summary>
    /// <param name="offset">-128 times the sum of the block's inputs, for instructions that take unsigned weights and so read each as 128
    /// more than it is.</param>
    static abstract Vector256<int> Begin(int offset);

    /// <summary>
    /// n where <see cref="AddSigned"/> reads every weight as 2ⁿ more than it is, because its instruction takes unsigned weights, so that 2ⁿ
    /// times the sum of the inputs is to be subtracted; null where it reads weights as they are.
    /// </summary>
    static abstract int? ExcessShift { get; }

    /// <summary>Whether <see cref="AddSigned"/> and <see cref="AddUnsigned"/> have instructions of their own.</summary>
    static abstract bool IsTiled { get; }

    /// <summary>Half a block of weights in the form in which they are multiplied; computed once for all vectors.</summary>
    static abstract Vector256<byte> Prepare(sbyte* weights);

    /// <summary>Adds the products of <see cref="Activations.Block"/> weights and inputs, which end up spread over the lanes.</summary>
    /// <param name="sums">What <see cref="Begin"/> gave for this block.</param>
    /// <param name="low">The first half of the weights, prepared.</param>
    /// <param name="high">The second half.</param>
    /// <param name="weights">The same weights, not prepared.</param>
    /// <param name="inputs">As many quantised inputs as there are weights.</param>
    static abstract Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs);

    /// <summary>32 weights with a sign as <see cref="AddSigned"/> takes them.</summary>
    static abstract Vector256<byte> Unpack(Vector256<byte> weights);

    /// <summary>
    /// Adds the products of weights, unpacked, and inputs: to each lane those of its four bytes, or at least to each half of the lanes
    /// those of its sixteen.
    /// </summary>
    static abstract Vector256<int> AddSigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>
    /// Adds the products of weights without a sign, 0 to 15, and inputs to sums that begin with zeros and that <see cref="Total"/> reads.
    /// At most eight times: sums may be kept in 16 bits, two products at a time, and these hold no more.
    /// </summary>
    static abstract Vector256<int> AddUnsigned(Vector256<int> sums, Vector256<byte> weights, Vector256<sbyte> inputs);

    /// <summary>The sums of <see cref="AddUnsigned"/>, in the lanes of <see cref="AddSigned"/>.</summary>
    static abstract Vector256<int> Total(Vector256<int> sums);
}
