using System.Diagnostics.Metrics;
using Cs336.Inference;
using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a generator for many callers at once.</summary>
public static class Cs336ServiceBuilderExtensions
{
    private static readonly SectionReader Reader = new(GenerationServiceOptionsJson.Default.Options);

    /// <summary>
    /// Registers a <see cref="GenerationService"/> over the registered <see cref="ITokenizer"/> and <see cref="ILanguageModel"/>. How
    /// texts are drawn where a request does not say is what <c>AddGenerator</c> was given.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets the limits.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddGenerationService(this Cs336Builder builder, Action<GenerationServiceOptions>? configure = null) =>
        builder.AddPartOptions(configure, FindProblems).AddGenerationServicePart();

    /// <inheritdoc cref="AddGenerationService(Cs336Builder, Action{GenerationServiceOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddGenerationService(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<GenerationServiceOptions>(section, Reader, FindProblems).AddGenerationServicePart();

    private static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, GenerationServiceOptions options)
    {
        if (GenerationServiceChecks.FindProblems(options) is { Count: > 0 } problems) return problems;
        try
        {
            return GenerationServiceChecks.FindProblems(options, services.GetPartOptions<GenerationOptions>(name));
        }
        catch (OptionsValidationException)
        {
            return []; // these options' own check tells what is wrong with them
        }
    }

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
                Name = name,
                Time = services.GetService<TimeProvider>() ?? TimeProvider.System,
            }));
        return builder;
    }
}
