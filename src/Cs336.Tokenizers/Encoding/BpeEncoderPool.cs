using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>
/// Lends each call an encoder of its own, so that threads share nothing but what never changes and wait for nobody.
/// There are as many as there were calls at once, at most one for each processor.
/// </summary>
/// <param name="vocabulary">The vocabulary whose ids are given.</param>
/// <param name="cacheBytes">About how many bytes each encoder may remember pre-tokens in.</param>
internal sealed class BpeEncoderPool(BpeVocabulary vocabulary, long cacheBytes)
{
    /// <summary>
    /// So many tokens are known to a cache from the start, the commonest of them: to merge all of a large vocabulary takes longer than
    /// what a text has of the rest.
    /// </summary>
    private const int MaxSeedTokens = 1 << 15;

    private readonly BpeEncoder?[] _idle = new BpeEncoder?[Environment.ProcessorCount];
    private readonly Lazy<(BpeSymbols Symbols, BpeMergeTable Merges, PreTokenCache Seed)> _shared = new(() =>
    {
        BpeSymbols symbols = new(vocabulary);
        BpeMergeTable merges = new(symbols);
        return (symbols, merges, MakeSeed(vocabulary, cacheBytes, symbols, new PreTokenEncoder(symbols, merges)));
    });

    public BpeEncoder Rent()
    {
        int own = OwnPlace();
        for (int i = 0; i < _idle.Length; i++)
        {
            ref BpeEncoder? idle = ref _idle[(own + i) % _idle.Length];
            if (idle is not null && Interlocked.Exchange(ref idle, null) is BpeEncoder encoder) return encoder;
        }
        (BpeSymbols symbols, BpeMergeTable merges, PreTokenCache seed) = _shared.Value;
        return new BpeEncoder(vocabulary.PreTokenizer, new PreTokenEncoder(symbols, merges), seed);
    }

    /// <summary>Takes an encoder back for the next call.</summary>
    public void Return(BpeEncoder encoder)
    {
        int own = OwnPlace();
        for (int i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[(own + i) % _idle.Length], encoder, null) is null) return;
        }
    }

    // Where a call looks first: what it finds there was used last on the same processor, whose caches still hold some of it.
    private int OwnPlace() => (int)((uint)Thread.GetCurrentProcessorId() % (uint)_idle.Length);

    /// <summary>A cache that knows the first tokens of the vocabulary, which are the pre-tokens that are met most.</summary>
    private static PreTokenCache MakeSeed(BpeVocabulary vocabulary, long cacheBytes, BpeSymbols symbols, PreTokenEncoder encoder)
    {
        PreTokenCache cache = new(isNarrow: vocabulary.VocabSize <= ushort.MaxValue + 1, cacheBytes);
        HashSet<int> added = [.. vocabulary.Parts.AddedTokens.Select(token => token.Id)];
        Span<int> ids = stackalloc int[PreTokenKey.MaxPackedLength];
        // The commonest tokens come first in a vocabulary: added last, they get the first entries.
        for (int id = Math.Min(vocabulary.VocabSize, MaxSeedTokens) - 1; id >= 0; id--)
        {
            ReadOnlySpan<byte> token = vocabulary.GetMergedBytes(id);
            if (token.Length > PreTokenKey.MaxPackedLength || token.IsEmpty || added.Contains(id) || !symbols.KnowsAll(token)) continue;
            // Not every token is what its own bytes merge into, and only what they merge into is right for the cache.
            if (encoder.Encode(token, ids) == 1 && ids[0] == id) cache.Add(PreTokenKey.Of(token), token, ids[..1]);
        }
        return cache;
    }
}
