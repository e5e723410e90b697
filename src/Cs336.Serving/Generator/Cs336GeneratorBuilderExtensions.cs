using Cs336.Inference;
using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a text generator.</summary>
public static class Cs336GeneratorBuilderExtensions
{
    private static readonly SectionReader Reader = new(GenerationOptionsJson.Default.Options);

    /// <summary>
    /// Registers a <see cref="TextGenerator"/> over the registered <see cref="ITokenizer"/> and <see cref="ILanguageModel"/>.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets how texts are drawn where a call does not say.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddGenerator(this Cs336Builder builder, Action<GenerationOptions>? configure = null) =>
        builder.AddPartOptions(configure, FindProblems).AddGeneratorPart();

    /// <inheritdoc cref="AddGenerator(Cs336Builder, Action{GenerationOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddGenerator(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<GenerationOptions>(section, Reader, FindProblems).AddGeneratorPart();

    private static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, GenerationOptions options) =>
        options.FindProblems();

    private static Cs336Builder AddGeneratorPart(this Cs336Builder builder)
    {
        builder.TryAddPart((services, name) => new TextGenerator(
            services.GetRequiredPart<ITokenizer>(name),
            services.GetRequiredPart<ILanguageModel>(name),
            services.GetPartOptions<GenerationOptions>(name) with { }));
        return builder;
    }
}
