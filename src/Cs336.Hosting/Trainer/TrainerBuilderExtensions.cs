using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers a trainer.</summary>
public static class TrainerBuilderExtensions
{
    /// <summary>
    /// Registers a <see cref="Cs336.Training.Trainer"/> of the registered <see cref="TransformerLM"/>, and what it is made of:
    /// <see cref="IOptimizer"/> (AdamW), <see cref="ILrSchedule"/> (warm-up and cosine), <see cref="ICheckpointStore"/> (files)
    /// and <see cref="IMetricSink"/> (JSON lines). Each of these gives way to one that the app has registered.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddTrainer(this Cs336Builder builder, Action<TrainingOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IServiceCollection services = builder.Services;
        services.AddCheckedOptions(configure, options => options.FindProblems());
        services.TryAddSingleton<IOptimizer>(provider =>
            new AdamW(NamedParameter.Of(provider.GetRequiredService<TransformerLM>()), Options(provider).AdamW));
        services.TryAddSingleton<ILrSchedule>(provider => Options(provider).ToSchedule());
        services.TryAddSingleton<ICheckpointStore>(provider => new FileCheckpointStore(Path.Combine(Options(provider).RunDirectory, "checkpoints")));
        services.TryAddSingleton<IMetricSink>(provider => new JsonLinesMetricSink(Path.Combine(Options(provider).RunDirectory, "metrics.jsonl")));
        services.TryAddSingleton(OpenData);
        services.TryAddSingleton(provider => new Cs336.Training.Trainer(
            provider.GetRequiredService<TransformerLM>(),
            provider.GetRequiredService<IOptimizer>(),
            provider.GetRequiredService<ILrSchedule>(),
            provider.GetRequiredService<TrainingData>(),
            Options(provider).Trainer,
            provider.GetRequiredService<ICheckpointStore>(),
            provider.GetRequiredService<IMetricSink>()));
        return builder;
    }

    private static TrainingOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<TrainingOptions>>().Value;

    private static TrainingData OpenData(IServiceProvider provider)
    {
        TrainingOptions options = Options(provider);
        IReadOnlyList<int>? byteLengths = provider.GetService<ITokenizer>() is ITokenizer tokenizer ? Evaluator.TokenByteLengths(tokenizer) : null;
        if (options.ValidationData is string path)
        {
            TokenDataset training = TokenDataset.Open(options.TrainingData);
            return new TrainingData { Training = training, Validation = TokenDataset.Open(path), TokenByteLengths = byteLengths };
        }
        (TokenDataset first, TokenDataset last) = TokenDataset.OpenSplit(options.TrainingData, options.ValidationFraction);
        return new TrainingData { Training = first, Validation = options.ValidationFraction > 0 ? last : null, TokenByteLengths = byteLengths };
    }
}
