using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The output of a stage of a forward pass as a later one was given it.</summary>
/// <param name="Tensor">(B, T, d_model), a leaf: the gradient with respect to it is left with it.</param>
/// <param name="Stage">The number of the stage whose output it is, from 0.</param>
public readonly record struct StageInput(Tensor Tensor, int Stage);
