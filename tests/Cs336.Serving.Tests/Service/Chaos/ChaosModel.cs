using Cs336.Inference;
using Cs336.Inference.Tests;

namespace Cs336.Serving.Tests;

/// <summary>A model, and its caches, that fail where the test says so.</summary>
internal sealed class ChaosModel(HistoryModel inner) : ILanguageModel
{
    public int VocabSize => inner.VocabSize;

    public int ContextLength => inner.ContextLength;

    /// <summary>Called before what is named; may throw.</summary>
    public Action<string> Before { get; set; } = _ => { };

    public IKvCache CreateCache()
    {
        Before(nameof(CreateCache));
        return new Cache(this, inner.CreateCache());
    }

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        Before(nameof(Forward));
        DecodingInput[] inputs = batch.ToArray();
        for (int i = 0; i < inputs.Length; i++) inputs[i] = inputs[i] with { Cache = ((Cache)inputs[i].Cache).Inner };
        inner.Forward(inputs, logits);
    }

    private sealed class Cache(ChaosModel owner, IKvCache inner) : IKvCache
    {
        public IKvCache Inner => inner;

        public int Length => inner.Length;

        public void Truncate(int length)
        {
            owner.Before(nameof(Truncate));
            inner.Truncate(length);
        }

        public void Dispose()
        {
            inner.Dispose();
            owner.Before(nameof(Dispose));
        }
    }
}
