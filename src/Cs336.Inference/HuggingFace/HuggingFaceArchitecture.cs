namespace Cs336.Inference;

/// <summary>An architecture of transformers, with its defaults for what a configuration file leaves out.</summary>
/// <param name="ModelType">Its <c>model_type</c>.</param>
/// <param name="ClassName">Its class, as <c>architectures</c> names it.</param>
/// <param name="ContextLength">How long texts are.</param>
/// <param name="KeyValueHeads">How many heads of keys there are; null for as many as of queries.</param>
/// <param name="HeadDim">The width of a head; null for d_model / num_heads.</param>
internal sealed record HuggingFaceArchitecture(
    string ModelType, string ClassName, int ContextLength, int? KeyValueHeads = null, int? HeadDim = null)
{
    public static HuggingFaceArchitecture Llama { get; } = new("llama", "LlamaForCausalLM", 2048);

    public static HuggingFaceArchitecture Mistral { get; } = new("mistral", "MistralForCausalLM", 131_072, 8);

    public static HuggingFaceArchitecture Qwen2 { get; } = new("qwen2", "Qwen2ForCausalLM", 32_768, 32);

    public static HuggingFaceArchitecture Qwen3 { get; } = new("qwen3", "Qwen3ForCausalLM", 32_768, 32, 128);

    public static IReadOnlyList<HuggingFaceArchitecture> All { get; } = [Llama, Mistral, Qwen2, Qwen3];

    /// <summary>Whether a file can give layers a window, or leave them without one.</summary>
    public bool IsQwen => this == Qwen2 || this == Qwen3;

    /// <summary>The one that has all that a model has; what it lacks, <see cref="FindProblems"/> tells.</summary>
    public static HuggingFaceArchitecture Of(TransformerConfig config) =>
        config.QkNorm ? Qwen3 : config.QkvBiases ? Qwen2 : config.Window is null ? Llama : Mistral;

    /// <summary>What a model has besides, that no architecture has.</summary>
    public static IEnumerable<string> FindProblems(TransformerConfig config)
    {
        HuggingFaceArchitecture architecture = Of(config);
        if (config.QkNorm && config.QkvBiases)
            yield return "qkv_biases and qk_norm are both true, but Qwen 2 has biases alone and Qwen 3 norms alone: only one can be "
                + "exported.";
        if (architecture == Qwen2 && config.HeadDim is int size && (long)size * config.NumHeads != config.DModel)
            yield return $"head_dim is {size}, but Qwen 2, which alone has biases, has heads of d_model / num_heads: only that can be "
                + "exported.";
        if (architecture == Mistral && config.LayersWithoutWindow > 0)
            yield return $"layers_without_window is {config.LayersWithoutWindow}, but Mistral, which has neither biases nor norms of "
                + "queries and keys, has windows in all layers: only 0 can be exported.";
    }
}
