using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>Registers a trainer.</summary>
public static class TrainerBuilderExtensions
{
    /// <summary>
    /// Registers a <see cref="Cs336.Training.Trainer"/> of the registered <see cref="TransformerLM"/>, and what it is made of:
    /// <see cref="IOptimizer"/> (Muon), <see cref="ILrSchedule"/> (warm-up and cosine), <see cref="ICheckpointStore"/> (files)
    /// and <see cref="IMetricSink"/> (JSON lines). Each of these gives way to one that the app has registered. Every
    /// <see cref="ITrainingCallback"/> that the app has registered is told what happens.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddTrainer(this Cs336Builder builder, Action<TrainingOptions>? configure = null) =>
        builder.AddPartOptions(configure, options => options.FindProblems()).AddTrainerParts();

    /// <inheritdoc cref="AddTrainer(Cs336Builder, Action{TrainingOptions})"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddTrainer(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<TrainingOptions>(section, options => options.FindProblems()).AddTrainerParts();

    private static Cs336Builder AddTrainerParts(this Cs336Builder builder)
    {
        builder.AddOptionsCheck<TrainingOptions, TrainingOptionsValidator>();
        builder.TryAddPart<IOptimizer>((services, name) =>
            services.GetPartOptions<TrainingOptions>(name).ToOptimizer(NamedParameter.Of(services.GetRequiredPart<TransformerLM>(name))));
        builder.TryAddPart<ILrSchedule>((services, name) => services.GetPartOptions<TrainingOptions>(name).ToSchedule());
        builder.AddCheckpointStore().AddMetricSink();
        builder.TryAddPart(OpenData);
        builder.TryAddPart((services, name) => new Cs336.Training.Trainer(
            services.GetRequiredPart<TransformerLM>(name),
            services.GetRequiredPart<IOptimizer>(name),
            services.GetRequiredPart<ILrSchedule>(name),
            services.GetRequiredPart<TrainingData>(name),
            services.GetPartOptions<TrainingOptions>(name).Trainer,
            services.GetRequiredPart<ICheckpointStore>(name),
            services.GetRequiredPart<IMetricSink>(name),
            [.. services.GetParts<ITrainingCallback>(name)])
        {
            Name = name,
        });
        return builder;
    }

    private static TrainingData OpenData(IServiceProvider services, string? name)
    {
        TrainingOptions options = services.GetPartOptions<TrainingOptions>(name);
        IReadOnlyList<int>? byteLengths = services.GetPart<ITokenizer>(name) is ITokenizer tokenizer ? Evaluator.TokenByteLengths(tokenizer) : null;
        if (options.ValidationData is string path)
        {
            TokenDataset training = TokenDataset.Open(options.TrainingData);
            return new TrainingData { Training = training, Validation = TokenDataset.Open(path), TokenByteLengths = byteLengths };
        }
        (TokenDataset first, TokenDataset last) = TokenDataset.OpenSplit(options.TrainingData, options.ValidationFraction);
        return new TrainingData { Training = first, Validation = options.ValidationFraction > 0 ? last : null, TokenByteLengths = byteLengths };
    }
}
