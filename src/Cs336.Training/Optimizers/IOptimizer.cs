using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Changes parameters along their gradients. It owns its state and disposes it, not the parameters.</summary>
public interface IOptimizer : IDisposable
{
    /// <summary>
    /// Everything that the next step depends on besides parameters and gradients, as named tensors (float32 or int64).
    /// They exist from construction on and stay the same objects, so that a checkpoint can save them, and restore by copying into them.
    /// </summary>
    IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Updates every parameter that has a gradient.</summary>
    /// <param name="learningRate">α of this step; finite and not negative.</param>
    void Step(double learningRate);

    /// <summary>Clears the gradients, so that the next backward pass starts from none.</summary>
    void ZeroGrad();
}
