using Cs336.Inference;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>A change of the model or its training that shows what a part of it is for.</summary>
/// <param name="Name">What it is called on the command line and in tables.</param>
/// <param name="Apply">Makes the variant's configuration of the baseline's.</param>
internal sealed record Ablation(string Name, Func<RunConfig, RunConfig> Apply)
{
    public const string BaselineName = "baseline";

    /// <summary>As configured.</summary>
    public static Ablation Baseline { get; } = new(BaselineName, config => config);

    /// <summary>The course's four, which take a part away.</summary>
    public static IReadOnlyList<Ablation> Course { get; } =
    [
        OfModel("no-rmsnorm", model => model with { Norm = NormPlacement.None }),
        OfModel("post-norm", model => model with { Norm = NormPlacement.Post }),
        OfModel("nope", model => model with { Position = PositionEncoding.None }),
        OfModel("silu", model => WithoutGate(model, FeedForwardKind.Silu)),
    ];

    /// <summary>The switches of today's recipes, each on by itself.</summary>
    public static IReadOnlyList<Ablation> Switches { get; } =
    [
        OfModel("qk-norm", model => model with { QkNorm = true }),
        OfModel("relu2", model => WithoutGate(model, FeedForwardKind.Relu2)),
        OfModel("zero-init", model => model with { ZeroInitOutputs = true }),
        OfModel("soft-cap", model => model with { LogitSoftCap = 15 }),
        OfModel("embedding-scale", model => model with { EmbeddingScale = Math.Sqrt(model.DModel) }),
        OfModel("tied-embeddings", model => model with { TiedEmbeddings = true }),
        OfModel("windows", model => model with { Window = model.Window ?? Math.Max(1, model.ContextLength / 4), WindowPattern = "SSSL" }),
        OfModel("value-embeddings", model => model with { ValueEmbeddings = true }),
        OfModel("unet-skips", model => model with { UNetSkips = true }),
        new("nor-muon", config => config with { Optimizer = config.Optimizer with { Name = OptimizerKind.Muon, NorMuon = true } }),
        new("to-zero", FallingToZero),
        new("weight-average", config => config with { Training = config.Training with { EmaDecay = 0.99 } }),
    ];

    public static IEnumerable<Ablation> All => Course.Concat(Switches);

    public static Ablation Of(string name) => All.Append(Baseline).Single(item => item.Name == name);

    private static Ablation OfModel(string name, Func<TransformerConfig, TransformerConfig> change) =>
        new(name, config => config with { Model = change(config.Model) });

    /// <summary>Two matrices where SwiGLU has three: d_ff half as large again gives both equally many parameters.</summary>
    private static TransformerConfig WithoutGate(TransformerConfig model, FeedForwardKind kind) => model with
    {
        FeedForward = kind,
        DFf = model.FeedForward == FeedForwardKind.SwiGlu ? (3 * model.DFf + 1) / 2 : model.DFf,
    };

    /// <summary>The rate falls in one line from the end of the warm-up to nothing.</summary>
    private static RunConfig FallingToZero(RunConfig config)
    {
        long warmup = config.Optimizer.WarmupSteps ?? config.Training.MaxSteps / 20;
        return config with
        {
            Optimizer = config.Optimizer with
            {
                Schedule = ScheduleKind.WarmupStableDecay, CosineSteps = null, WarmupSteps = warmup, DecayStart = warmup,
                MinLearningRate = 0,
            },
        };
    }
}
