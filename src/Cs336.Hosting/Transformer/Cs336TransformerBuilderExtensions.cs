using Cs336.Hosting;
using Cs336.Inference;
using Cs336.Parts;
using Cs336.Runs;
using Cs336.Serving;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a model.</summary>
public static class Cs336TransformerBuilderExtensions
{
    private static readonly SectionReader Reader = Sections.Of(TransformerOptionsJson.Default);

    /// <summary>
    /// Registers a trained <see cref="TransformerLM"/>, also as <see cref="ILanguageModel"/>, unless the app has its own. A run of the
    /// same name goes on from it.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddTransformer(this Cs336Builder builder, Action<TransformerOptions>? configure = null) =>
        builder.AddPartOptions(configure, TransformerChecks.FindProblems).AddTransformerParts();

    /// <inheritdoc cref="AddTransformer(Cs336Builder, Action{TransformerOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddTransformer(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<TransformerOptions>(section, Reader, TransformerChecks.FindProblems).AddTransformerParts();

    internal static Cs336Builder AddTransformerParts(this Cs336Builder builder)
    {
        builder.AddOptionsCheck<TransformerOptions>(TransformerChecks.FindProblems);
        builder.TryAddPart(Create);
        builder.TryAddPart<ILanguageModel>((services, name) => services.GetRequiredPart<TransformerLM>(name));
        return builder;
    }

    private static TransformerLM Create(IServiceProvider services, string? name)
    {
        TransformerOptions options = services.GetPartOptions<TransformerOptions>(name);
        RunParts? run = options.NamesModel ? null : services.GetPart<RunParts>(name)
            ?? throw new InvalidOperationException(
                "There is no model: name one by TransformerOptions.RunDirectory or WeightsFile, or call AddTrainer to train a fresh one.");
        ILogger? logger = services.GetService<ILoggerFactory>() is ILoggerFactory loggers
            ? new GuardedLogger(loggers.CreateLogger<TransformerLM>())
            : null;
        logger?.LibTorchLoaded(LibTorch.EnsureLoaded().Message);
        TransformerLM model = run?.CreateModel() ?? Load(options, logger);
        logger?.ComputePlanned(ComputePlan.Message(model.Path, model.Precision, model.Device));
        return model;
    }

    private static TransformerLM Load(TransformerOptions options, ILogger? logger)
    {
        List<string> warnings = [];
        string weights = options.WeightsFile ?? Path.Combine(new RunDirectory(options.RunDirectory!).FindModel(warnings), RunFiles.Weights);
        foreach (string warning in warnings) logger?.CheckpointPassedOver(warning);
        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, RunFiles.Config);
        return TransformerWeights.LoadModel(config, weights, options.Compute.Path, options.Compute.FindDevice());
    }
}
