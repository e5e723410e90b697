using Cs336.Inference;
using Cs336.Tokenizers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers a text generator.</summary>
public static class GeneratorBuilderExtensions
{
    /// <summary>Registers a <see cref="TextGenerator"/> over the registered <see cref="ITokenizer"/> and <see cref="ILanguageModel"/>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets how texts are drawn where a call does not say.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddGenerator(this Cs336Builder builder, Action<GenerationOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddCheckedOptions(configure, options => options.FindProblems());
        builder.Services.TryAddSingleton(services => new TextGenerator(
            services.GetRequiredService<ITokenizer>(),
            services.GetRequiredService<ILanguageModel>(),
            services.GetRequiredService<IOptions<GenerationOptions>>().Value with { }));
        return builder;
    }
}
