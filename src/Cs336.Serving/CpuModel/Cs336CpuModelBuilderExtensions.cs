using Cs336.Inference;
using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Microsoft.Extensions.Configuration;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a model on the managed engine.</summary>
public static class Cs336CpuModelBuilderExtensions
{
    private static readonly SectionReader Reader = new(HostedCpuModelOptionsJson.Default.Options);

    /// <summary>
    /// Registers a trained model in managed code as <see cref="CpuLanguageModel"/> and <see cref="ILanguageModel"/>, each unless the app
    /// has one. That its files are there and that its vocabulary is the tokenizer's is checked when the host starts; it is loaded when it
    /// is first asked for.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="configure">Sets the options.</param>
    /// <returns>The same, for the next call.</returns>
    public static Cs336Builder AddCpuModel(this Cs336Builder builder, Action<HostedCpuModelOptions> configure) =>
        builder.AddPartOptions(configure, FindProblems).AddCpuModelParts();

    /// <inheritdoc cref="AddCpuModel(Cs336Builder, Action{HostedCpuModelOptions})"/>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <param name="section">A configuration section whose keys are the options' names.</param>
    public static Cs336Builder AddCpuModel(this Cs336Builder builder, IConfiguration section) =>
        builder.AddPartOptions<HostedCpuModelOptions>(section, Reader, FindProblems).AddCpuModelParts();

    private static Cs336Builder AddCpuModelParts(this Cs336Builder builder)
    {
        builder.TryAddPart(Load);
        builder.TryAddPart<ILanguageModel>((services, name) => services.GetRequiredPart<CpuLanguageModel>(name));
        return builder;
    }

    private static CpuLanguageModel Load(IServiceProvider services, string? name)
    {
        HostedCpuModelOptions options = services.GetPartOptions<HostedCpuModelOptions>(name);
        ModelFiles files = ModelFiles.Of(options);
        return CpuLanguageModel.Load(files.Config, files.Weights, options.Engine);
    }

    private static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, HostedCpuModelOptions options) =>
        options.FindProblems() is { Count: > 0 } problems
            ? problems
            : ModelFiles.FindProblems(options, services.GetPartIfReady<ITokenizer>(name));
}
