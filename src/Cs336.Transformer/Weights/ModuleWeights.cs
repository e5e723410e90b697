using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Puts weights that are given, such as those of another implementation, into a layer or model.</summary>
public static class ModuleWeights
{
    /// <summary>Copies tensors into a module's own of the same names and shapes, converting their type and device.</summary>
    /// <param name="module">Any module; its parameters carry the names of its <c>state_dict</c>.</param>
    /// <param name="weights">A tensor for each of them, and no other.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">
    /// Names or shapes differ: the differences are listed, up to 20 of them, and the module is left as it was.
    /// </exception>
    public static TModule WithWeights<TModule>(this TModule module, IReadOnlyDictionary<string, Tensor> weights) where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(weights);
        Dictionary<string, Tensor> own = module.state_dict();
        Check(module, own, weights);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach ((string name, Tensor tensor) in own) tensor.copy_(weights[name]);
        return module;
    }

    /// <summary>Copies tensors into a module's own of the same names and shapes, converting their type and device.</summary>
    /// <param name="module">Any module; its parameters carry the names of its <c>state_dict</c>.</param>
    /// <param name="weights">A tensor for each of them, and no other, such as <c>("weight", w)</c>.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">
    /// Names or shapes differ, or a name occurs twice; the module is left as it was.
    /// </exception>
    public static TModule WithWeights<TModule>(this TModule module, params IReadOnlyList<(string Name, Tensor Tensor)> weights)
        where TModule : nn.Module
    {
        ArgumentNullException.ThrowIfNull(weights);
        return module.WithWeights(weights.ToDictionary(item => item.Name, item => item.Tensor));
    }

    private static void Check(nn.Module module, Dictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> weights)
    {
        ProblemList problems = new();
        foreach ((string name, Tensor tensor) in own)
        {
            if (!weights.TryGetValue(name, out Tensor? given) || given is null) problems.Add($"{name} is missing");
            else if (!given.shape.AsSpan().SequenceEqual(tensor.shape))
                problems.Add($"{name} has shape {Shapes.Text(given)}, expected {Shapes.Text(tensor)}");
        }
        foreach (string name in weights.Keys)
            if (!own.ContainsKey(name)) problems.Add($"{name} is unknown");
        if (problems.Count > 0) throw new ArgumentException($"The weights do not fit {module.GetName()}: {problems}.");
    }
}
