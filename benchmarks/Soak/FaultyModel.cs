using Cs336.Inference;

namespace Soak;

/// <summary>A model whose passes and caches fail now and then.</summary>
internal sealed class FaultyModel(CpuLanguageModel inner, Faults faults) : ILanguageModel, IDisposable
{
    public int VocabSize => inner.VocabSize;

    public int ContextLength => inner.ContextLength;

    public IKvCache CreateCache()
    {
        faults.MayThrow("cache of the model", 256);
        return inner.CreateCache();
    }

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        faults.MayThrow("pass of the model", 512);
        inner.Forward(batch, logits);
    }

    public void Dispose() => inner.Dispose();
}
