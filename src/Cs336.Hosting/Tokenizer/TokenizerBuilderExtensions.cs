using Cs336.Tokenizers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers a tokenizer.</summary>
public static class TokenizerBuilderExtensions
{
    /// <summary>Registers a byte-level BPE tokenizer as <see cref="ITokenizer"/>, unless the app has one.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddTokenizer(this Cs336Builder builder, Action<TokenizerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.Services.Any(service => service.ServiceType == typeof(ITokenizer))) return builder;
        builder.Services.AddCheckedOptions(configure, options => options.FindProblems());
        builder.Services.TryAddSingleton<ITokenizer>(services =>
            BpeTokenizer.Load(services.GetRequiredService<IOptions<TokenizerOptions>>().Value.Directory));
        return builder;
    }
}
