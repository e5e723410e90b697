using Cs336.Training;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>Registers a checkpoint store.</summary>
public static class CheckpointStoreBuilderExtensions
{
    /// <summary>Registers a <see cref="FileCheckpointStore"/> as <see cref="ICheckpointStore"/>, unless the app has its own. <c>AddTrainer</c> does so too, with the defaults.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddCheckpointStore(this Cs336Builder builder, Action<CheckpointStoreOptions>? configure = null) =>
        builder.AddPartOptions(configure, options => options.FindProblems()).AddCheckpointStorePart();

    /// <inheritdoc cref="AddCheckpointStore(Cs336Builder, Action{CheckpointStoreOptions})"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddCheckpointStore(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<CheckpointStoreOptions>(section, options => options.FindProblems()).AddCheckpointStorePart();

    private static Cs336Builder AddCheckpointStorePart(this Cs336Builder builder)
    {
        builder.TryAddPart<ICheckpointStore>((services, name) => new FileCheckpointStore(
            services.GetPartOptions<CheckpointStoreOptions>(name).Directory
            ?? Path.Combine(services.GetPartOptions<TrainingOptions>(name).RunDirectory, "checkpoints")));
        return builder;
    }
}
