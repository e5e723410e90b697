using Cs336.Hosting;
using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a run.</summary>
public static class Cs336TrainerBuilderExtensions
{
    /// <summary>
    /// Registers a <see cref="Cs336.Training.Trainer"/> and everything that <see cref="RunParts"/> makes it of:
    /// <see cref="TransformerLM"/>, <see cref="IOptimizer"/>, <see cref="ILrSchedule"/>, <see cref="TrainingData"/>,
    /// <see cref="ICheckpointStore"/> and <see cref="IMetricSink"/>. Each of these gives way to one that the app has registered. Every
    /// <see cref="ITrainingCallback"/> that the app has registered is told what happens. The run's folder is laid out as that of
    /// <c>cs336 train</c>, and taken for this host alone.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Describes the run.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddTrainer(this Cs336Builder builder, Action<RunConfig>? configure = null) =>
        builder.AddPartOptions<RunConfig>(configure, RunConfigCheck.FindProblems).AddTrainerParts();

    /// <inheritdoc cref="AddTrainer(Cs336Builder, Action{RunConfig})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">
    /// A configuration section with the keys of <see cref="RunConfig"/>, such as <c>Training:MaxSteps</c> or, as in JSON,
    /// <c>training:max_steps</c>.
    /// </param>
    public static Cs336Builder AddTrainer(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<RunConfig>(section, Sections.OfRun, RunConfigCheck.FindProblems).AddTrainerParts();

    private static Cs336Builder AddTrainerParts(this Cs336Builder builder)
    {
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, StopSignalsService>());
        builder.TryAddPart(CreateParts);
        builder.TryAddPart((services, name) => RunLock.Take(services.GetRequiredPart<RunParts>(name).Directory));
        builder.TryAddPart((services, name) => new RunFolderGuard(services.GetRequiredPart<RunLock>(name)));
        builder.AddTransformerParts();
        builder.TryAddPart((services, name) => RunOf(services, name).CreateOptimizer(services.GetRequiredPart<TransformerLM>(name)));
        builder.TryAddPart((services, name) => RunOf(services, name).CreateSchedule());
        builder.TryAddPart((services, name) => services.GetRequiredPart<RunParts>(name).OpenData());
        builder.TryAddPart((services, name) => services.GetRequiredPart<RunParts>(name).OpenCheckpoints());
        builder.TryAddPart((services, name) => services.GetRequiredPart<RunParts>(name).CreateSink());
        builder.TryAddPart(CreateTrainer);
        return builder;
    }

    private static RunParts CreateParts(IServiceProvider services, string? name)
    {
        RunConfig config = services.GetPartOptions<RunConfig>(name);
        ITokenizer? tokenizer = services.GetPart<ITokenizer>(name);
        if (tokenizer is not null && config.Data.Tokenizer is null && OptionsOfTokenizer(services, name) is TokenizerOptions named)
        {
            // So that the run's folder tells where it is.
            config = config with { Data = config.Data with { Tokenizer = named.Directory, TokenizerEncoding = named.Encoding } };
        }
        return new RunParts(config, tokenizer);
    }

    private static TokenizerOptions? OptionsOfTokenizer(IServiceProvider services, string? name)
    {
        foreach (string? part in (string?[])[name, null])
        {
            try
            {
                if (services.GetPartOptions<TokenizerOptions>(part) is { Directory.Length: > 0 } named) return named;
            }
            catch (OptionsValidationException)
            {
                continue; // no tokenizer was registered by AddTokenizer under this name
            }
        }
        return null;
    }

    /// <summary>The run for the model that there is, which the app may have made.</summary>
    private static RunParts RunOf(IServiceProvider services, string? name) =>
        services.GetRequiredPart<RunParts>(name).For(services.GetRequiredPart<TransformerLM>(name));

    private static Trainer CreateTrainer(IServiceProvider services, string? name)
    {
        RunParts run = RunOf(services, name);
        IReadOnlyList<string> problems = run.FindProblems();
        if (problems.Count > 0)
            throw new InvalidDataException(
                $"The run cannot begin or go on:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        RunFolderGuard folder = services.GetRequiredPart<RunFolderGuard>(name); // from here on the folder is this host's
        TransformerLM model = services.GetRequiredPart<TransformerLM>(name);
        ILogger? logger = services.GetService<ILoggerFactory>()?.CreateLogger<Trainer>();
        logger = logger is null ? null : new GuardedLogger(logger);
        ITrainingCallback[] ownCallbacks = logger is null ? [] : [new WarningLog(logger)];
        TrainingData data = services.GetRequiredPart<TrainingData>(name);
        foreach (string note in data.Notes) logger?.TokenFileUnderstood(note);
        Trainer trainer = run.CreateTrainer(
            model,
            services.GetRequiredPart<IOptimizer>(name),
            services.GetRequiredPart<ILrSchedule>(name),
            data,
            services.GetRequiredPart<ICheckpointStore>(name),
            services.GetRequiredPart<IMetricSink>(name),
            [.. services.GetParts<ITrainingCallback>(name), .. run.CreateCallbacks(model), .. ownCallbacks],
            name);
        folder.HasTrainer = true;
        return trainer;
    }
}
