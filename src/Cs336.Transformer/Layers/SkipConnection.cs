using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// What a layer sees of an earlier one's output besides, as in a U-Net: λ s, to be added to the layer's input (modded-nanogpt, 2024).
/// Its one parameter, <c>weight</c>, is the number λ, of shape (1), and 1 at first.
/// </summary>
internal sealed class SkipConnection : TransformerModule
{
    /// <summary>Makes a connection that adds the earlier output as it is.</summary>
    public SkipConnection(Device device) : base(nameof(SkipConnection), device) =>
        register_parameter("weight", Initialization.Ones(1, device));

    private Parameter Weight => get_parameter("weight")!;

    /// <summary>λ s.</summary>
    /// <param name="input">s, what the earlier layer ended with, (..., d_model).</param>
    /// <returns>(..., d_model).</returns>
    public override Tensor forward(Tensor input) => input * Weight;
}
