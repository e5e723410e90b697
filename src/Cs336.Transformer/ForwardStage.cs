using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>A part of a forward pass that goes backward by itself: see <see cref="TransformerLM.ForwardStages"/>.</summary>
/// <param name="Input">
/// What it was given, apart from what computed that, so that its gradient is left with it; null where the stage was given token ids.
/// </param>
/// <param name="Output">What it has computed, (B, T, d_model).</param>
/// <param name="Parameters">The parameters that it was computed with.</param>
public sealed record ForwardStage(Tensor? Input, Tensor Output, IReadOnlyList<Parameter> Parameters);
