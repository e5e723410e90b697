namespace Cs336.Inference;

/// <summary>The names and shapes of a model's tensors, as the course has them.</summary>
internal static class TransformerTensors
{
    public const string Embeddings = "token_embeddings.weight", FinalNorm = "ln_final.weight", Head = "lm_head.weight";

    /// <summary>Behind a matrix's name in an int8 file, one float32 a row: what a unit of its integers is worth.</summary>
    public const string ScaleSuffix = "_scale";

    public static string Layer(int layer, string name) => $"layers.{layer}.{name}.weight";

    /// <summary>Every tensor of a model, in the order in which it is used.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(TransformerConfig config)
    {
        long width = config.DModel, keyWidth = (long)config.KeyValueHeads * config.HeadSize, inner = config.DFf;
        bool normed = config.Norm != NormPlacement.None;
        yield return (Embeddings, [config.VocabSize, width]);
        for (int layer = 0; layer < config.NumLayers; layer++)
        {
            if (normed) yield return (Layer(layer, "ln1"), [width]);
            yield return (Layer(layer, "attn.q_proj"), [width, width]);
            yield return (Layer(layer, "attn.k_proj"), [keyWidth, width]);
            yield return (Layer(layer, "attn.v_proj"), [keyWidth, width]);
            yield return (Layer(layer, "attn.output_proj"), [width, width]);
            if (normed) yield return (Layer(layer, "ln2"), [width]);
            yield return (Layer(layer, "ffn.w1"), [inner, width]);
            if (config.FeedForward == FeedForwardKind.SwiGlu) yield return (Layer(layer, "ffn.w3"), [inner, width]);
            yield return (Layer(layer, "ffn.w2"), [width, inner]);
        }
        if (normed) yield return (FinalNorm, [width]);
        if (!config.TiedEmbeddings) yield return (Head, [config.VocabSize, width]);
    }

    /// <summary>Compares a file's tensors with a model's.</summary>
    /// <exception cref="InvalidDataException">They differ: all that are missing, unknown, or of another shape or type are listed.</exception>
    public static void Check(TransformerConfig config, MappedSafetensors file)
    {
        List<string> problems = [];
        HashSet<string> known = [];
        foreach ((string name, long[] shape) in Of(config))
        {
            known.Add(name);
            if (file.Find(name) is not { } entry)
            {
                problems.Add($"{name} is missing");
                continue;
            }
            if (!entry.Shape.SequenceEqual(shape)) problems.Add($"{name} has shape ({string.Join(", ", entry.Shape)}), expected ({string.Join(", ", shape)})");
            if (entry.Type == SafetensorsType.I64 || (entry.Type == SafetensorsType.I8 && shape.Length == 1))
                problems.Add($"{name} has type {entry.Type}, expected {(shape.Length == 1 ? "F32, F16 or BF16" : "F32, F16, BF16 or I8")}");
            if (entry.Type != SafetensorsType.I8) continue;
            known.Add(name + ScaleSuffix);
            if (file.Find(name + ScaleSuffix) is not { } scale) problems.Add($"{name + ScaleSuffix} is missing, which an I8 matrix needs");
            else if (scale.Type != SafetensorsType.F32 || !scale.Shape.SequenceEqual(shape[..1]))
                problems.Add($"{scale} was found, expected F32 ({shape[0]})");
        }
        problems.AddRange(file.Tensors.Where(entry => !known.Contains(entry.Name)).Select(entry => $"{entry.Name} is unknown"));
        if (problems.Count > 0)
            throw new InvalidDataException($"The tensors of {file.Path} are not those of the model: {string.Join("; ", problems)}. Does the file belong to this configuration?");
    }
}
