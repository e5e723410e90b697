namespace Cs336.Inference.Tests;

/// <summary>Configurations of every kind, and a naive enumeration of their weights to count by.</summary>
internal static class Shapes
{
    public static TransformerConfig Base { get; } = new()
    {
        VocabSize = 101, ContextLength = 16, DModel = 24, NumLayers = 3, NumHeads = 4, DFf = 56,
    };

    public static TheoryData<TransformerConfig> All { get; } =
    [
        .. from norm in Enum.GetValues<NormPlacement>()
           from position in Enum.GetValues<PositionEncoding>()
           from feedForward in Enum.GetValues<FeedForwardKind>()
           from keyHeads in (int?[])[null, 1, 2]
           from tied in (bool[])[false, true]
           select Base with { Norm = norm, Position = position, FeedForward = feedForward, NumKvHeads = keyHeads, TiedEmbeddings = tied },
        Base with { HeadDim = 10 },
        Base with { HeadDim = 10, NumKvHeads = 2, QkvBiases = true, QkNorm = true, Window = 3 },
        Base with { QkNorm = true, Norm = NormPlacement.None },
        Base with { ValueEmbeddings = true, NumKvHeads = 2 },
        Base with { ValueEmbeddings = true, HeadDim = 10, NumLayers = 2 },
        Base with { UNetSkips = true, NumLayers = 5 },
    ];

    /// <summary>Name and (rows, columns) of every matrix; a gain is a matrix of one row.</summary>
    public static IEnumerable<(string Name, int Rows, int Columns)> Weights(TransformerConfig config)
    {
        int keys = config.KeyValueHeads * config.HeadSize;
        yield return ("token_embeddings", config.VocabSize, config.DModel);
        for (int layer = 0; layer < config.NumLayers; layer++)
        {
            yield return ("q_proj", config.QueryWidth, config.DModel);
            yield return ("k_proj", keys, config.DModel);
            yield return ("v_proj", keys, config.DModel);
            yield return ("output_proj", config.DModel, config.QueryWidth);
            if (config.QkvBiases)
                foreach (int count in (int[])[config.QueryWidth, keys, keys]) yield return ("bias_proj", 1, count);
            if (config.QkNorm)
                foreach (string name in (string[])["ln_of_queries", "ln_of_keys"]) yield return (name, 1, config.HeadSize);
            if (config.SkipOf(layer) is not null) yield return ("skip", 1, 1);
            if (config.HasValueEmbeddings(layer))
            {
                yield return ("value_embeddings", config.VocabSize, keys);
                yield return ("value_gate", config.KeyValueHeads, config.DModel);
            }
            yield return ("w1", config.DFf, config.DModel);
            yield return ("w2", config.DModel, config.DFf);
            if (config.FeedForward == FeedForwardKind.SwiGlu) yield return ("w3", config.DFf, config.DModel);
            if (config.Norm == NormPlacement.None) continue;
            yield return ("ln1", 1, config.DModel);
            yield return ("ln2", 1, config.DModel);
        }
        if (config.Norm != NormPlacement.None) yield return ("ln_final", 1, config.DModel);
        if (!config.TiedEmbeddings) yield return ("lm_head", config.VocabSize, config.DModel);
    }
}
