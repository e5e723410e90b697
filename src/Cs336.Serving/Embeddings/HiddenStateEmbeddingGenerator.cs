using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Vocabularies;
using Microsoft.Extensions.AI;

namespace Cs336.Serving;

/// <summary>
/// Embeds texts as the mean of a model's last hidden states over the text's tokens, of length 1, so that the dot product of two is their
/// cosine. A model that was trained to continue texts gives rough embeddings: near texts are near, but no more is promised.
/// </summary>
public sealed class HiddenStateEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly ITokenizer _tokenizer;
    private readonly CpuLanguageModel _model;
    private readonly EmbeddingGeneratorMetadata _metadata;

    /// <summary>Makes a generator.</summary>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="model">The model; stays its owner's.</param>
    /// <param name="modelId">What embeddings call the model. Default <c>cs336</c>.</param>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    public HiddenStateEmbeddingGenerator(ITokenizer tokenizer, CpuLanguageModel model, string modelId = "cs336")
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        if (!VocabularyFit.Fits(tokenizer.VocabSize, model.VocabSize))
            throw new InvalidOperationException(VocabularyFit.Problem(tokenizer.VocabSize, model.VocabSize));
        (_tokenizer, _model) = (tokenizer, model);
        _metadata = new EmbeddingGeneratorMetadata("cs336", providerUri: null, modelId, model.Config.DModel);
    }

    /// <summary>Embeds texts, one after the other.</summary>
    /// <param name="values">The texts; each has at least one token, and no more than the model's context.</param>
    /// <param name="options">Null, or options whose <c>Dimensions</c> are the model's d_model; what else they hold is passed over.</param>
    /// <param name="cancellationToken">Ends the work before the next text.</param>
    /// <returns>An embedding of d_model numbers for each text, and how many tokens all of them have.</returns>
    /// <exception cref="ArgumentException">A text is empty or too long.</exception>
    /// <exception cref="NotSupportedException">Other dimensions are asked for.</exception>
    public Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        int dimensions = _model.Config.DModel;
        if (options?.Dimensions is int asked && asked != dimensions)
            throw new NotSupportedException(
                $"The model's embeddings have {dimensions} dimensions, but {asked} are asked for: leave that out.");
        int[][] texts = [.. values.Select(Encode)];
        return Task.Run(() =>
        {
            GeneratedEmbeddings<Embedding<float>> embeddings = [];
            foreach (int[] ids in texts)
            {
                cancellationToken.ThrowIfCancellationRequested();
                embeddings.Add(new Embedding<float>(Embed(ids)) { ModelId = _metadata.DefaultModelId, CreatedAt = DateTimeOffset.UtcNow });
            }
            int tokens = texts.Sum(ids => ids.Length);
            embeddings.Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens };
            return embeddings;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(EmbeddingGeneratorMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <summary>Does nothing: the model stays its owner's.</summary>
    public void Dispose()
    {
    }

    private int[] Encode(string text, int index)
    {
        int[] ids = _tokenizer.Encode(text, SpecialTokenHandling.Ignore);
        if (ids.Length == 0) throw new ArgumentException($"Text {index} is empty: give at least one character.");
        return ids.Length <= _model.ContextLength
            ? ids : throw new ArgumentException(
                $"Text {index} has {ids.Length} tokens, but context_length is {_model.ContextLength}: shorten it.");
    }

    private float[] Embed(int[] ids)
    {
        int dimensions = _model.Config.DModel;
        float[] states = new float[ids.Length * dimensions]; // (T, d_model)
        using (IKvCache cache = _model.CreateCache()) _model.ForwardHidden(cache, ids, states);
        float[] sum = new float[dimensions]; // the mean has the same direction
        for (int i = 0; i < ids.Length; i++)
            for (int j = 0; j < dimensions; j++) sum[j] += states[(i * dimensions) + j];
        double norm = Math.Sqrt(sum.Sum(x => (double)x * x));
        return norm == 0 ? sum : [.. sum.Select(x => (float)(x / norm))];
    }
}
