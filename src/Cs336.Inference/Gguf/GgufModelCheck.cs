namespace Cs336.Inference;

/// <summary>What of a model's shape llama.cpp's architecture <c>llama</c> lacks.</summary>
internal static class GgufModelCheck
{
    /// <summary>A sentence for each.</summary>
    public static IEnumerable<string> FindProblems(TransformerConfig config, GgufType type)
    {
        foreach (string problem in LlamaFamily.FindProblems(config)) yield return problem;
        if (config.HeadDim is int size && size * (long)config.NumHeads != config.DModel)
            yield return $"head_dim is {size}, but d_model / num_heads is what is written";
        if (config.QkvBiases) yield return "qkv_biases is true, but the architecture llama has no biases";
        if (config.QkNorm) yield return "qk_norm is true, but the architecture llama normalizes no queries and keys";
        if (config.RopeScaling is { } scaling)
            yield return $"rope_scaling is {scaling.Spelled}, but positions are written as they are for the architecture llama";
        if (config.Window is int window) yield return $"window is {window}, but the architecture llama attends over all tokens";
        if (!GgufElements.Written.Contains(type))
            yield return $"the type is {type}, but must be one of {string.Join(", ", GgufElements.Written)}";
    }
}
