using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>A stretch of a forward pass that goes backward by itself: see <see cref="TransformerLM.ForwardStages"/>.</summary>
/// <param name="Inputs">What it was given besides token ids, apart from what computed that.</param>
/// <param name="Output">What it has computed, (B, T, d_model).</param>
/// <param name="Parameters">The parameters that it was computed with.</param>
public sealed record ForwardStage(IReadOnlyList<StageInput> Inputs, Tensor Output, IReadOnlyList<Parameter> Parameters);
