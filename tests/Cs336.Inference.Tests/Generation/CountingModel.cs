namespace Cs336.Inference.Tests;

/// <summary>A model whose next token is always the last one plus one, so that every step of generation can be told in advance.</summary>
internal sealed class CountingModel(int vocabSize, int contextLength) : ILanguageModel
{
    public int VocabSize => vocabSize;

    public int ContextLength => contextLength;

    public List<int[]> Inputs { get; } = [];

    public int LiveCaches { get; private set; }

    public IKvCache CreateCache()
    {
        LiveCaches++;
        return new Cache(this);
    }

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        this.CheckInputs(batch, logits);
        logits.Clear();
        for (int i = 0; i < batch.Length; i++)
        {
            Inputs.Add(batch[i].Tokens.ToArray());
            ((Cache)batch[i].Cache).Length += batch[i].Tokens.Length;
            logits[i * vocabSize + (batch[i].Tokens.Span[^1] + 1) % vocabSize] = 50;
        }
    }

    private sealed class Cache(CountingModel owner) : IKvCache
    {
        public int Length { get; set; }

        public void Truncate(int length) => Length = length;

        public void Dispose() => owner.LiveCaches--;
    }
}
