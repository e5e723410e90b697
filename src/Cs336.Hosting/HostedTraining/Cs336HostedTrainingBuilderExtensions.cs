using Cs336.Hosting;
using Cs336.Parts;
using Cs336.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Lets a host train in the background.</summary>
public static class Cs336HostedTrainingBuilderExtensions
{
    private static readonly SectionReader Reader = Sections.Of(HostedTrainingOptionsJson.Default);

    /// <summary>
    /// Trains in the background with the registered <see cref="Cs336.Training.Trainer"/>, on a thread of its own that also makes the
    /// model, and registers an <see cref="ITrainingController"/>. It goes on from the newest checkpoint; when the host stops it saves
    /// one.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddHostedTraining(this Cs336Builder builder, Action<HostedTrainingOptions>? configure = null) =>
        builder.AddPartOptions(configure, FindProblems).AddHostedTrainingParts();

    /// <inheritdoc cref="AddHostedTraining(Cs336Builder, Action{HostedTrainingOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddHostedTraining(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<HostedTrainingOptions>(section, Reader, FindProblems).AddHostedTrainingParts();

    private static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, HostedTrainingOptions options) =>
        options.FindProblems();

    private static Cs336Builder AddHostedTrainingParts(this Cs336Builder builder)
    {
        if (builder.HasPart<TrainingController>()) return builder;
        string? name = builder.Name;
        builder.TryAddPart((services, name) => new TrainingController(services, name));
        builder.TryAddPart((services, name) => new ModelLifetimeGuard(services.GetRequiredPart<TrainingController>(name)));
        builder.TryAddPart<ITrainingController>((services, name) => services.GetRequiredPart<TrainingController>(name));
        builder.Services.AddSingleton<IHostedService>(services => new HostedTraining(services.GetRequiredPart<TrainingController>(name)));
        return builder;
    }
}
