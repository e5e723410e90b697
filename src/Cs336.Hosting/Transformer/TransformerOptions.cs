using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Hosting;

/// <summary>Which model the app uses: that of a run, the one in a weights file, or a fresh one of the given shape.</summary>
public sealed class TransformerOptions
{
    /// <summary>
    /// The folder of a run, as a trainer keeps it: the newest checkpoint in its <c>checkpoints</c> that is whole is loaded when the
    /// model is first asked for, and the shape below is not used. Default null.
    /// </summary>
    public string? RunDirectory { get; set; }

    /// <summary>A safetensors file to load, with its <c>config.json</c> beside it, as in a checkpoint's folder; the shape below is then not used. Default null: a fresh model.</summary>
    public string? WeightsFile { get; set; }

    /// <summary>Number of token ids. Default null: as many as the registered tokenizer has.</summary>
    public int? VocabSize { get; set; }

    /// <summary>The most tokens that the model attends over. Default 256.</summary>
    public int ContextLength { get; set; } = 256;

    /// <summary>Width of the residual stream. Default 256.</summary>
    public int DModel { get; set; } = 256;

    /// <summary>Number of blocks. Default 4.</summary>
    public int NumLayers { get; set; } = 4;

    /// <summary>Number of attention heads. Default 8.</summary>
    public int NumHeads { get; set; } = 8;

    /// <summary>Number of key and value heads, a divisor of <see cref="NumHeads"/>. Default null: as many.</summary>
    public int? NumKvHeads { get; set; }

    /// <summary>Inner width of the feed-forward network. Default null: 8/3 · d_model, rounded up to a multiple of 8; 4 · d_model for <see cref="FeedForwardKind.Silu"/>.</summary>
    public int? DFf { get; set; }

    /// <summary>Base Θ of the rotary embedding. Default 10,000.</summary>
    public double RopeTheta { get; set; } = 10_000;

    /// <summary>Where the blocks normalise. Default <see cref="NormPlacement.Pre"/>.</summary>
    public NormPlacement Norm { get; set; }

    /// <summary>How the model learns where a token stands. Default <see cref="PositionEncoding.Rope"/>.</summary>
    public PositionEncoding Position { get; set; }

    /// <summary>Which feed-forward network the blocks have. Default <see cref="FeedForwardKind.SwiGlu"/>.</summary>
    public FeedForwardKind FeedForward { get; set; }

    /// <summary>Whether the head uses the embedding's matrix. Default false.</summary>
    public bool TiedEmbeddings { get; set; }

    /// <summary>Determines the initial weights of a fresh model. Default 0.</summary>
    public long Seed { get; set; }

    /// <summary>Which code computes what costs most time. Default the fast one.</summary>
    public ComputePath ComputePath { get; set; } = ComputePath.Fast;

    internal TransformerConfig ToConfig(int vocabSize) => new()
    {
        VocabSize = vocabSize,
        ContextLength = ContextLength,
        DModel = DModel,
        NumLayers = NumLayers,
        NumHeads = NumHeads,
        NumKvHeads = NumKvHeads,
        DFf = DFf ?? (FeedForward == FeedForwardKind.Silu ? 4 * DModel : (int)Math.Ceiling(DModel * 8 / 3.0 / 8) * 8),
        RopeTheta = RopeTheta,
        Norm = Norm,
        Position = Position,
        FeedForward = FeedForward,
        TiedEmbeddings = TiedEmbeddings,
        InitSeed = Seed,
    };

    internal IReadOnlyList<string> FindProblems()
    {
        if (RunDirectory is not null && WeightsFile is not null)
            return ["TransformerOptions has both a RunDirectory and a WeightsFile: give one of them."];
        if (RunDirectory is not null) return string.IsNullOrWhiteSpace(RunDirectory) ? ["TransformerOptions.RunDirectory is blank: give a folder, or null."] : [];
        if (WeightsFile is not null) return string.IsNullOrWhiteSpace(WeightsFile) ? ["TransformerOptions.WeightsFile is blank: give a file, or null for a fresh model."] : [];
        const int AnyVocabSize = 1; // the tokenizer's is not known before the tokenizer is loaded
        return ToConfig(VocabSize ?? AnyVocabSize).FindProblems();
    }
}
