using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a tokenizer.</summary>
public static class Cs336TokenizerBuilderExtensions
{
    private static readonly SectionReader Reader = new(TokenizerOptionsJson.Default.Options);

    /// <summary>Registers a byte-level BPE tokenizer as <see cref="ITokenizer"/>, unless the app has one.</summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddTokenizer(this Cs336Builder builder, Action<TokenizerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.HasPart<ITokenizer>() ? builder : builder.AddPartOptions(configure, FindProblems).AddTokenizerPart();
    }

    /// <inheritdoc cref="AddTokenizer(Cs336Builder, Action{TokenizerOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddTokenizer(this Cs336Builder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.HasPart<ITokenizer>()
            ? builder
            : builder.AddPartOptions<TokenizerOptions>(section, Reader, FindProblems).AddTokenizerPart();
    }

    private static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, TokenizerOptions options) =>
        options.FindProblems();

    private static Cs336Builder AddTokenizerPart(this Cs336Builder builder)
    {
        builder.TryAddPart<ITokenizer>((services, name) => services.GetPartOptions<TokenizerOptions>(name).Load());
        return builder;
    }
}
