using Cs336.Training;
using Microsoft.Extensions.Configuration;

namespace Cs336.Hosting;

/// <summary>Registers a metric sink.</summary>
public static class MetricSinkBuilderExtensions
{
    /// <summary>Registers a <see cref="JsonLinesMetricSink"/> as <see cref="IMetricSink"/>, unless the app has its own. <c>AddTrainer</c> does so too, with the defaults.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddMetricSink(this Cs336Builder builder, Action<MetricSinkOptions>? configure = null) =>
        builder.AddPartOptions(configure, options => options.FindProblems()).AddMetricSinkPart();

    /// <inheritdoc cref="AddMetricSink(Cs336Builder, Action{MetricSinkOptions})"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddMetricSink(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<MetricSinkOptions>(section, options => options.FindProblems()).AddMetricSinkPart();

    private static Cs336Builder AddMetricSinkPart(this Cs336Builder builder)
    {
        builder.TryAddPart<IMetricSink>((services, name) => new JsonLinesMetricSink(
            services.GetPartOptions<MetricSinkOptions>(name).File
            ?? Path.Combine(services.GetPartOptions<TrainingOptions>(name).RunDirectory, "metrics.jsonl")));
        return builder;
    }
}
