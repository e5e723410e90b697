using System.Diagnostics.Metrics;
using Cs336.Inference;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>Registers a generator for many callers at once.</summary>
public static class ServingBuilderExtensions
{
    /// <summary>
    /// Registers a <see cref="GenerationService"/> over the registered <see cref="ITokenizer"/> and <see cref="ILanguageModel"/>. How
    /// texts are drawn where a request does not say is what <c>AddGenerator</c> was given.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the limits.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddGenerationService(this Cs336Builder builder, Action<GenerationServiceOptions>? configure = null) =>
        builder.AddPartOptions(configure, options => options.FindProblems()).AddGenerationServicePart();

    /// <inheritdoc cref="AddGenerationService(Cs336Builder, Action{GenerationServiceOptions})"/>
    /// <param name="builder">The builder.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddGenerationService(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<GenerationServiceOptions>(section, options => options.FindProblems()).AddGenerationServicePart();

    private static Cs336Builder AddGenerationServicePart(this Cs336Builder builder)
    {
        builder.TryAddPart((services, name) => new GenerationService(
            services.GetRequiredPart<ITokenizer>(name),
            services.GetRequiredPart<ILanguageModel>(name),
            services.GetPartOptions<GenerationServiceOptions>(name),
            services.GetPartOptions<GenerationOptions>(name) with { },
            new GenerationObservers
            {
                Logger = services.GetService<ILogger<GenerationService>>(),
                MeterFactory = services.GetService<IMeterFactory>(),
                ModelName = name,
                Time = services.GetService<TimeProvider>() ?? TimeProvider.System,
            }));
        return builder;
    }
}
