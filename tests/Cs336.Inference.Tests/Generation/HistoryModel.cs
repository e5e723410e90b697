namespace Cs336.Inference.Tests;

/// <summary>
/// A model whose logits are a random function of every token in the cache and of its order, so that any mistake about what a cache holds
/// shows.
/// </summary>
internal sealed class HistoryModel(int vocabSize, int contextLength) : ILanguageModel
{
    public int VocabSize => vocabSize;

    public int ContextLength => contextLength;

    public int LiveCaches { get; private set; }

    public List<int> BatchSizes { get; } = [];

    public IKvCache CreateCache()
    {
        LiveCaches++;
        return new Cache(this);
    }

    public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
    {
        this.CheckInputs(batch, logits);
        BatchSizes.Add(batch.Length);
        for (int i = 0; i < batch.Length; i++)
        {
            Cache cache = (Cache)batch[i].Cache;
            foreach (int token in batch[i].Tokens.Span) cache.Tokens.Add(token);
            LogitsAfter(cache.Tokens, logits.Slice(i * vocabSize, vocabSize));
        }
    }

    public static void LogitsAfter(IEnumerable<int> tokens, Span<float> logits)
    {
        ulong hash = 17;
        foreach (int token in tokens) hash = hash * 0x9E3779B97F4A7C15 + (ulong)token + 1;
        SeededRandom random = new(hash);
        for (int id = 0; id < logits.Length; id++) logits[id] = (float)(6 * random.NextDouble() - 3);
    }

    private sealed class Cache(HistoryModel owner) : IKvCache
    {
        public List<int> Tokens { get; } = [];

        public int Length => Tokens.Count;

        public void Truncate(int length) => Tokens.RemoveRange(length, Tokens.Count - length);

        public void Dispose() => owner.LiveCaches--;
    }
}
