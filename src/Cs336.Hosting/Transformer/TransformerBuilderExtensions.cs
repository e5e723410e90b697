using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>Registers a model.</summary>
public static class TransformerBuilderExtensions
{
    /// <summary>Registers a <see cref="TransformerLM"/>, also as <see cref="ILanguageModel"/>, unless the app has its own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddTransformer(this Cs336Builder builder, Action<TransformerOptions>? configure = null) =>
        builder.AddPartOptions(configure, options => options.FindProblems()).AddTransformerParts();

    /// <inheritdoc cref="AddTransformer(Cs336Builder, Action{TransformerOptions})"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddTransformer(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<TransformerOptions>(section, options => options.FindProblems()).AddTransformerParts();

    private static Cs336Builder AddTransformerParts(this Cs336Builder builder)
    {
        builder.AddOptionsCheck<TransformerOptions, VocabularyCheck>();
        builder.TryAddPart(Create);
        builder.TryAddPart<ILanguageModel>((services, name) => services.GetRequiredPart<TransformerLM>(name));
        return builder;
    }

    private static TransformerLM Create(IServiceProvider services, string? name)
    {
        TransformerOptions options = services.GetPartOptions<TransformerOptions>(name);
        ILogger? logger = services.GetService<ILoggerFactory>()?.CreateLogger<TransformerLM>();
        logger?.LibTorchLoaded(LibTorch.EnsureLoaded().Message);
        logger?.ComputePlanned(ComputePlan.Message(options.ComputePath));
        if (options.RunDirectory is string run) return LoadNewest(run, options.ComputePath, logger);
        if (options.WeightsFile is string weights)
            return TransformerWeights.LoadModel(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, "config.json"), weights, options.ComputePath);
        ITokenizer? tokenizer = services.GetPart<ITokenizer>(name);
        int vocabSize = options.VocabSize
            ?? tokenizer?.VocabSize
            ?? throw new InvalidOperationException("TransformerOptions.VocabSize is not set and no tokenizer is registered to take it from: set it, or call AddTokenizer.");
        if (tokenizer is not null && tokenizer.VocabSize != vocabSize) throw new InvalidOperationException(VocabularyCheck.Describe(tokenizer.VocabSize, vocabSize));
        return new TransformerLM(options.ToConfig(vocabSize), options.ComputePath);
    }

    private static TransformerLM LoadNewest(string run, ComputePath path, ILogger? logger)
    {
        FileCheckpointStore store = new(Path.Combine(run, "checkpoints"));
        CheckpointFinding found = CheckpointReader.FindNewest(store);
        foreach (string warning in found.Warnings) logger?.CheckpointPassedOver(warning);
        if (found.Step is not long step)
            throw new InvalidDataException($"{run} has no checkpoint that is whole. {string.Join(" ", found.Warnings)}".TrimEnd());
        string folder = store.FolderOf(step);
        return TransformerWeights.LoadModel(Path.Combine(folder, "config.json"), Path.Combine(folder, "model.safetensors"), path);
    }
}
