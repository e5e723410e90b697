using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Registers a model.</summary>
public static class TransformerBuilderExtensions
{
    /// <summary>Registers a <see cref="TransformerLM"/>, also as <see cref="ILanguageModel"/>, unless the app has its own.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The builder.</returns>
    public static Cs336Builder AddTransformer(this Cs336Builder builder, Action<TransformerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddCheckedOptions(configure, options => options.FindProblems());
        builder.Services.TryAddSingleton(Create);
        builder.Services.TryAddSingleton<ILanguageModel>(services => services.GetRequiredService<TransformerLM>());
        return builder;
    }

    private static TransformerLM Create(IServiceProvider services)
    {
        TransformerOptions options = services.GetRequiredService<IOptions<TransformerOptions>>().Value;
        if (services.GetService<ILoggerFactory>() is ILoggerFactory loggers)
            loggers.CreateLogger<TransformerLM>().LibTorchLoaded(LibTorch.EnsureLoaded().Message);
        if (options.WeightsFile is string weights)
        {
            string folder = Path.GetDirectoryName(Path.GetFullPath(weights))!;
            return TransformerWeights.LoadModel(Path.Combine(folder, "config.json"), weights, options.Attention);
        }
        int vocabSize = options.VocabSize
            ?? services.GetService<ITokenizer>()?.VocabSize
            ?? throw new InvalidOperationException("TransformerOptions.VocabSize is not set and no tokenizer is registered to take it from: set it, or call AddTokenizer.");
        return new TransformerLM(options.ToConfig(vocabSize), options.Attention);
    }
}
