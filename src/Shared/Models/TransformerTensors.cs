using System.Globalization;

namespace Cs336.Inference;

/// <summary>The names and shapes of a model's tensors, as the course has them.</summary>
internal static class TransformerTensors
{
    public const string Embeddings = "token_embeddings.weight", FinalNorm = "ln_final.weight", Head = "lm_head.weight";

    /// <summary>Behind a matrix's name in an int8 file, one float32 per row: what a unit of its integers is worth.</summary>
    public const string ScaleSuffix = "_scale";

    private const int MaxDimensions = 8; // that a message shows; a file may give a tensor any number

    private const string Weight = ".weight", Bias = ".bias";

    /// <summary>A tensor of a layer: attn.q_proj is its weight, attn.q_proj.bias its bias.</summary>
    public static string Layer(int layer, string name) =>
        name.EndsWith(Bias, StringComparison.Ordinal) ? $"layers.{layer}.{name}" : $"layers.{layer}.{name}{Weight}";

    /// <summary>Every tensor of a model, in the order in which it is used.</summary>
    public static IEnumerable<(string Name, long[] Shape)> Of(TransformerConfig config)
    {
        foreach ((string name, long[] shape) in BeforeLayers(config)) yield return (name, shape);
        for (int layer = 0; layer < config.NumLayers; layer++)
            foreach ((string name, long[] shape) in OfEveryLayer(config).Concat(OfSingleLayer(config, layer)))
                yield return (Layer(layer, name), shape);
        foreach ((string name, long[] shape) in AfterLayers(config)) yield return (name, shape);
    }

    /// <summary>How many layers have an embedding of values.</summary>
    public static int ValueEmbeddingLayers(TransformerConfig config) =>
        config.ValueEmbeddings ? config.NumLayers - (config.NumLayers / 2) : 0;

    /// <summary>How many layers see an earlier one's output besides.</summary>
    public static int SkipLayers(TransformerConfig config) => config.UNetSkips ? config.NumLayers / 2 : 0;

    /// <summary>
    /// Compares a file's tensors with a model's, in time in proportion to the file: a configuration may ask for any number.
    /// </summary>
    /// <exception cref="InvalidDataException">
    /// They differ: the first <see cref="ProblemList.MaxListed"/> that are missing, unknown, or of another shape or type are listed.
    /// </exception>
    public static void Check(TransformerConfig config, IEnumerable<SafetensorsEntry> tensors, string path)
    {
        ProblemList problems = new();
        AddProblems(config, tensors, problems);
        if (problems.Count > 0)
            throw new InvalidDataException(
                $"The tensors of {path} are not those of the model: {problems}. Does the file belong to this configuration?");
    }

    /// <summary>Compares tensors with a model's, as <see cref="Check"/> does.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="tensors">What is there, under the course's names.</param>
    /// <param name="problems">Is given what differs; nothing is in it yet.</param>
    /// <param name="told">What messages call a tensor; null for its name.</param>
    /// <param name="allowInt8">Whether matrices may be integers with scales.</param>
    public static void AddProblems(
        TransformerConfig config, IEnumerable<SafetensorsEntry> tensors, ProblemList problems, Func<string, string>? told = null,
        bool allowInt8 = true)
    {
        told ??= name => name;
        Dictionary<string, SafetensorsEntry> found = tensors.ToDictionary(entry => entry.Name);
        Dictionary<string, long[]> outside = BeforeLayers(config).Concat(AfterLayers(config)).ToDictionary();
        Dictionary<string, long[]> inLayer = OfEveryLayer(config).ToDictionary();
        long expected = outside.Count + ((long)config.NumLayers * inLayer.Count) + CountInSingleLayers(config);
        AddMissing(config, found, expected, found.Keys.Count(name => ShapeOf(name) is not null), problems, told);
        foreach (SafetensorsEntry entry in found.Values)
        {
            if (ShapeOf(entry.Name) is long[] shape) CheckTensor(entry, shape, found, problems, told, allowInt8);
            else if (!IsScale(entry.Name)) problems.Add($"{told(entry.Name)} is unknown");
        }

        long[]? ShapeOf(string name) =>
            outside.TryGetValue(name, out long[]? shape)
                || (PlaceOf(name, config.NumLayers) is (int layer, string part)
                    && (inLayer.TryGetValue(part, out shape) || OfSingleLayer(config, layer).ToDictionary().TryGetValue(part, out shape)))
                ? shape : null;

        bool IsScale(string name) => name.EndsWith(ScaleSuffix, StringComparison.Ordinal)
            && found.TryGetValue(name[..^ScaleSuffix.Length], out SafetensorsEntry? matrix) && matrix.Type == SafetensorsType.I8
            && ShapeOf(matrix.Name) is not null;
    }

    private static void AddMissing(
        TransformerConfig config, Dictionary<string, SafetensorsEntry> found, long expected, long there, ProblemList problems,
        Func<string, string> told)
    {
        long missing = expected - there;
        if (missing == 0) return;
        // Ends soon, however many tensors the configuration asks for: each name that is passed is one of the file's or one more problem.
        foreach ((string name, _) in Of(config))
        {
            if (found.ContainsKey(name)) continue;
            problems.Add($"{told(name)} is missing");
            if (problems.IsFull || problems.Count == missing) break;
        }
        problems.AddUnlisted(missing - problems.Count);
    }

    private static void CheckTensor(
        SafetensorsEntry entry, long[] shape, Dictionary<string, SafetensorsEntry> found, ProblemList problems, Func<string, string> told,
        bool allowInt8)
    {
        if (!entry.Shape.SequenceEqual(shape))
            problems.Add($"{told(entry.Name)} has shape ({string.Join(", ", entry.Shape.Take(MaxDimensions))}), "
                + $"expected ({string.Join(", ", shape)})");
        bool isInt8 = entry.Type == SafetensorsType.I8, mayBeInt8 = allowInt8 && shape.Length > 1;
        if (entry.Type == SafetensorsType.I64 || (isInt8 && !mayBeInt8))
            problems.Add(
                $"{told(entry.Name)} has type {entry.Type}, expected {(mayBeInt8 ? "F32, F16, BF16 or I8" : "F32, F16 or BF16")}");
        if (!isInt8 || !allowInt8) return;
        if (!found.TryGetValue(entry.Name + ScaleSuffix, out SafetensorsEntry? scale))
            problems.Add($"{told(entry.Name) + ScaleSuffix} is missing, which an I8 matrix needs");
        else if (scale.Type != SafetensorsType.F32 || !scale.Shape.SequenceEqual(shape[..1]))
            problems.Add($"{scale} was found, expected F32 ({shape[0]})");
    }

    /// <summary>
    /// The layer and the part that a name tells: 7 and <c>attn.q_proj</c> of <c>layers.7.attn.q_proj.weight</c>, 7 and
    /// <c>attn.q_proj.bias</c> of <c>layers.7.attn.q_proj.bias</c>. Null for other names, and where the model has no such layer.
    /// </summary>
    private static (int Layer, string Part)? PlaceOf(string name, int layers)
    {
        const string Start = "layers.";
        if (!name.StartsWith(Start, StringComparison.Ordinal)) return null;
        int end = name.EndsWith(Weight, StringComparison.Ordinal) ? name.Length - Weight.Length
            : name.EndsWith(Bias, StringComparison.Ordinal) ? name.Length : 0;
        int dot = name.IndexOf('.', Start.Length);
        if (dot < 0 || dot + 1 >= end) return null;
        ReadOnlySpan<char> number = name.AsSpan(Start.Length, dot - Start.Length);
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) || layer >= layers) return null;
        string part = name[(dot + 1)..end];
        return Layer(layer, part) == name ? (layer, part) : null; // a name such as layers.07 is none of ours
    }

    private static IEnumerable<(string Name, long[] Shape)> BeforeLayers(TransformerConfig config) =>
        [(Embeddings, [config.VocabSize, config.DModel])];

    private static IEnumerable<(string Name, long[] Shape)> OfEveryLayer(TransformerConfig config)
    {
        long width = config.DModel, headSize = config.HeadSize, keyWidth = config.KeyValueHeads * headSize, inner = config.DFf;
        long queryWidth = config.QueryWidth;
        bool normed = config.Norm != NormPlacement.None;
        if (normed) yield return ("ln1", [width]);
        yield return ("attn.q_proj", [queryWidth, width]);
        if (config.QkvBiases) yield return ("attn.q_proj.bias", [queryWidth]);
        if (config.QkNorm) yield return ("attn.q_norm", [headSize]);
        yield return ("attn.k_proj", [keyWidth, width]);
        if (config.QkvBiases) yield return ("attn.k_proj.bias", [keyWidth]);
        if (config.QkNorm) yield return ("attn.k_norm", [headSize]);
        yield return ("attn.v_proj", [keyWidth, width]);
        if (config.QkvBiases) yield return ("attn.v_proj.bias", [keyWidth]);
        yield return ("attn.output_proj", [width, queryWidth]);
        if (normed) yield return ("ln2", [width]);
        yield return ("ffn.w1", [inner, width]);
        if (config.FeedForward == FeedForwardKind.SwiGlu) yield return ("ffn.w3", [inner, width]);
        yield return ("ffn.w2", [width, inner]);
    }

    /// <summary>What a layer has besides, which others may lack.</summary>
    private static IEnumerable<(string Name, long[] Shape)> OfSingleLayer(TransformerConfig config, int layer)
    {
        if (config.SkipOf(layer) is not null) yield return ("skip", [1]);
        if (!config.HasValueEmbeddings(layer)) yield break;
        yield return ("attn.value_embeddings", [config.VocabSize, (long)config.KeyValueHeads * config.HeadSize]);
        yield return ("attn.value_gate", [config.KeyValueHeads, config.DModel]);
    }

    /// <summary>How many tensors <see cref="OfSingleLayer"/> gives for all layers, however many these are.</summary>
    private static long CountInSingleLayers(TransformerConfig config) =>
        (2L * ValueEmbeddingLayers(config)) + SkipLayers(config);

    private static IEnumerable<(string Name, long[] Shape)> AfterLayers(TransformerConfig config)
    {
        if (config.Norm != NormPlacement.None) yield return (FinalNorm, [config.DModel]);
        if (!config.TiedEmbeddings) yield return (Head, [config.VocabSize, config.DModel]);
    }
}
