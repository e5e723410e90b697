using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the int8 kernels multiply and sum integers.</summary>
internal unsafe interface IInt8Dot
{
    /// <summary>The sums of a block begin here.</summary>
    /// <param name="offset">-128 times the sum of the block's inputs, for instructions that need unsigned weights and so read each as 128 more.</param>
    static abstract Vector256<int> Begin(int offset);

    /// <summary>Half a block of weights in the form that they are multiplied in, made once for all inputs.</summary>
    static abstract Vector256<byte> Prepare(sbyte* weights);

    /// <summary>Adds the products of <see cref="Activations.Block"/> weights and inputs, which end up spread over the lanes.</summary>
    /// <param name="sums">The sums so far.</param>
    /// <param name="low">The first half of the weights, prepared.</param>
    /// <param name="high">The second half.</param>
    /// <param name="weights">The weights as they are.</param>
    /// <param name="inputs">The inputs.</param>
    static abstract Vector256<int> AddBlock(Vector256<int> sums, Vector256<byte> low, Vector256<byte> high, sbyte* weights, sbyte* inputs);
}
