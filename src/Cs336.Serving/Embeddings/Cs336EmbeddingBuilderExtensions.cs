using Cs336.Inference;
using Cs336.Parts;
using Cs336.Serving;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers a generator of embeddings.</summary>
public static class Cs336EmbeddingBuilderExtensions
{
    /// <summary>
    /// Registers a <see cref="HiddenStateEmbeddingGenerator"/> over the registered <see cref="ITokenizer"/> and the
    /// <see cref="CpuLanguageModel"/> of <c>AddCpuModel</c>, and with it an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts;
    /// keyed by the builder's name where it has one.
    /// </summary>
    /// <param name="builder">What the app registers its parts on.</param>
    /// <returns>What the generator is built with: <c>.UseLogging()</c>, <c>.UseDistributedCache()</c> and so on wrap it.</returns>
    /// <exception cref="InvalidOperationException">
    /// There is one of this name already, and one of the two would never be asked for.
    /// </exception>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddEmbeddingGenerator(this Cs336Builder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.HasPart<IEmbeddingGenerator<string, Embedding<float>>>())
        {
            throw new InvalidOperationException(
                "An IEmbeddingGenerator<string, Embedding<float>> of this name is registered already, "
                + "so one of the two would never be asked for: leave one out, or give this one a name, AddCs336(\"name\").");
        }
        builder.TryAddPart((services, name) => new HiddenStateEmbeddingGenerator(
            services.GetRequiredPart<ITokenizer>(name), services.GetRequiredPart<CpuLanguageModel>(name), name ?? "cs336"));
        string? name = builder.Name;
        return name is null
            ? builder.Services.AddEmbeddingGenerator(services => services.GetRequiredService<HiddenStateEmbeddingGenerator>())
            : builder.Services.AddKeyedEmbeddingGenerator(
                name, services => services.GetRequiredKeyedService<HiddenStateEmbeddingGenerator>(name));
    }
}
