using Cs336.Inference;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>A change of the model that shows what a part of it is for.</summary>
/// <param name="Name">What it is called on the command line and in tables.</param>
internal sealed record Ablation(string Name, Func<TransformerConfig, TransformerConfig> Change)
{
    public const string BaselineName = "baseline";

    /// <summary>The model as configured.</summary>
    public static Ablation Baseline { get; } = new(BaselineName, model => model);

    /// <summary>The course's four.</summary>
    public static IReadOnlyList<Ablation> All { get; } =
    [
        new("no-rmsnorm", model => model with { Norm = NormPlacement.None }),
        new("post-norm", model => model with { Norm = NormPlacement.Post }),
        new("nope", model => model with { Position = PositionEncoding.None }),
        new("silu", WithSilu),
    ];

    public static Ablation Of(string name) => All.Append(Baseline).Single(item => item.Name == name);

    public RunConfig Apply(RunConfig config) => config with { Model = Change(config.Model) };

    /// <summary>SiLU has two matrices where SwiGLU has three: d_ff half as large again gives both equally many parameters.</summary>
    private static TransformerConfig WithSilu(TransformerConfig model) => model.FeedForward == FeedForwardKind.Silu ? model
        : model with { FeedForward = FeedForwardKind.Silu, DFf = (3 * model.DFf + 1) / 2 };
}
