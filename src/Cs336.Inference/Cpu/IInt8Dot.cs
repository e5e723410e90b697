using System.Runtime.Intrinsics;

namespace Cs336.Inference;

/// <summary>How the int8 kernels multiply and sum integers.</summary>
internal unsafe interface IInt8Dot
{
    /// <summary>The sums of a block begin here.</summary>
    /// <param name="offset">-128 times the sum of the block's inputs, for instructions that need unsigned weights and so read each as 128 more.</param>
    static abstract Vector256<int> Begin(int offset);

    /// <summary>Adds the products of <see cref="Activations.Block"/> weights and inputs, which end up spread over the lanes.</summary>
    static abstract Vector256<int> AddBlock(Vector256<int> sums, sbyte* weights, sbyte* inputs);
}
