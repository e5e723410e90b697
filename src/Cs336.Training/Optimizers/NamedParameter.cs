using System.Globalization;
using TorchSharp.Modules;

namespace Cs336.Training;

/// <summary>A parameter and what checkpoints call it.</summary>
/// <param name="Name">Unique within a model, for instance <c>layers.0.ffn.w1.weight</c>.</param>
/// <param name="Parameter">The tensor to train.</param>
public readonly record struct NamedParameter(string Name, Parameter Parameter)
{
    /// <summary>Whether it holds vectors of tokens: those that go into the first block, or into a layer's values.</summary>
    internal bool IsEmbedding => Name.EndsWith("token_embeddings.weight", StringComparison.Ordinal)
        || Name.EndsWith("value_embeddings.weight", StringComparison.Ordinal);

    /// <summary>Whether it is the scale of a skip connection, which the model learns to keep or to close: decay would close it.</summary>
    internal bool IsSkipScale => Name.EndsWith(".skip.weight", StringComparison.Ordinal) && Parameter.numel() == 1;

    /// <summary>Whether it holds the vectors that hidden states are compared with to give logits.</summary>
    internal bool IsHead => Name.EndsWith("lm_head.weight", StringComparison.Ordinal);

    /// <summary>Whether weight decay with these targets acts on it.</summary>
    internal bool IsAmong(WeightDecayTargets targets) => targets switch
    {
        _ when IsSkipScale => false,
        WeightDecayTargets.All => true,
        _ when Parameter.dim() < 2 => false,
        WeightDecayTargets.MatricesButEmbeddings => !IsEmbedding,
        _ => true,
    };

    /// <summary>Parameters without names of their own, numbered from 0 in their order, as PyTorch's optimizers number them.</summary>
    public static IReadOnlyList<NamedParameter> Of(IEnumerable<Parameter> parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return [.. parameters.Select((parameter, index) => new NamedParameter(index.ToString(CultureInfo.InvariantCulture), parameter))];
    }

    /// <summary>The parameters of a module, in the order of their registration.</summary>
    public static IReadOnlyList<NamedParameter> Of(TorchSharp.torch.nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return [.. module.named_parameters().Select(item => new NamedParameter(item.name, item.parameter))];
    }
}
