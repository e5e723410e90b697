using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>
/// The merge loop of BPE training: finds the most frequent pair of neighbours, makes it a token, and updates the counts of
/// the pairs around each place where it stood.
/// </summary>
internal sealed class PairMerger
{
    private readonly List<byte[]> _vocabulary;
    private readonly List<Word> _words = [];
    private readonly Dictionary<ulong, Pair> _pairs = [];
    private readonly PriorityQueue<ulong, (long Count, ulong Pair)> _queue;

    /// <param name="counts">How often each pre-token stands in the corpus.</param>
    /// <param name="vocabulary">The bytes of each id: to start with, the 256 bytes in order from <paramref name="firstByteId"/> on. Grows with each merge.</param>
    /// <param name="firstByteId">The id of byte 0.</param>
    public PairMerger(IReadOnlyDictionary<byte[], long> counts, List<byte[]> vocabulary, int firstByteId)
    {
        _vocabulary = vocabulary;
        _queue = new PriorityQueue<ulong, (long Count, ulong Pair)>(Comparer<(long Count, ulong Pair)>.Create(CompareBestFirst));
        foreach ((byte[] bytes, long count) in counts)
        {
            if (bytes.Length < 2) continue;
            Word word = new([.. bytes.Select(value => firstByteId + value)], count);
            _words.Add(word);
            for (int i = 0; i + 1 < word.Length; i++) Add(word.Symbols[i], word.Symbols[i + 1], count, _words.Count - 1);
        }
        foreach ((ulong key, Pair pair) in _pairs) _queue.Enqueue(key, (pair.Count, key));
    }

    /// <summary>Merges the most frequent pair, of equally frequent ones the lexicographically greatest; false where no pair is frequent enough.</summary>
    public bool TryMerge(long minFrequency, out BpeMerge merge)
    {
        merge = default;
        if (!TryTakeBest(out ulong key, out Pair? best) || best.Count < minFrequency) return false;
        (int left, int right) = ((int)(key >> 32), (int)(uint)key);
        merge = new BpeMerge(left, right, _vocabulary.Count);
        _vocabulary.Add([.. _vocabulary[left], .. _vocabulary[right]]);

        HashSet<ulong> made = [];
        foreach (int word in best.Words) MergeWord(word, merge, made);
        _pairs.Remove(key);
        foreach (ulong pair in made)
        {
            if (_pairs.TryGetValue(pair, out Pair? info) && info.Count > 0) _queue.Enqueue(pair, (info.Count, pair));
        }
        return true;
    }

    private bool TryTakeBest(out ulong key, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Pair? best)
    {
        while (_queue.TryDequeue(out key, out (long Count, ulong Pair) priority))
        {
            if (!_pairs.TryGetValue(key, out best)) continue;
            if (best.Count == priority.Count) return true;
            // Counts of pairs already queued only fall, so one that has fallen goes back to its present place.
            if (best.Count > 0) _queue.Enqueue(key, (best.Count, key));
            else _pairs.Remove(key);
        }
        best = null;
        return false;
    }

    private void MergeWord(int wordIndex, BpeMerge merge, HashSet<ulong> made)
    {
        Word word = _words[wordIndex];
        int[] symbols = word.Symbols;
        int written = 0;
        for (int i = 0; i < word.Length; i++)
        {
            if (i + 1 == word.Length || symbols[i] != merge.Left || symbols[i + 1] != merge.Right)
            {
                symbols[written++] = symbols[i];
                continue;
            }
            if (written > 0)
            {
                Add(symbols[written - 1], merge.Left, -word.Count, wordIndex);
                made.Add(Add(symbols[written - 1], merge.Result, word.Count, wordIndex));
            }
            if (i + 2 < word.Length)
            {
                Add(merge.Right, symbols[i + 2], -word.Count, wordIndex);
                made.Add(Add(merge.Result, symbols[i + 2], word.Count, wordIndex));
            }
            symbols[written++] = merge.Result;
            i++;
        }
        word.Length = written;
    }

    private ulong Add(int left, int right, long count, int word)
    {
        ulong key = ((ulong)(uint)left << 32) | (uint)right;
        ref Pair? pair = ref CollectionsMarshal.GetValueRefOrAddDefault(_pairs, key, out _);
        pair ??= new Pair();
        pair.Count += count;
        if (count > 0 && (pair.Words.Count == 0 || pair.Words[^1] != word)) pair.Words.Add(word);
        return key;
    }

    private int CompareBestFirst((long Count, ulong Pair) x, (long Count, ulong Pair) y)
    {
        if (x.Count != y.Count) return y.Count.CompareTo(x.Count);
        int byLeft = CompareBytes(y.Pair >> 32, x.Pair >> 32);
        return byLeft != 0 ? byLeft : CompareBytes((uint)y.Pair, (uint)x.Pair);
    }

    private int CompareBytes(ulong x, ulong y) => _vocabulary[(int)x].AsSpan().SequenceCompareTo(_vocabulary[(int)y]);

    private sealed class Word(int[] symbols, long count)
    {
        public int[] Symbols { get; } = symbols;

        public int Length { get; set; } = symbols.Length;

        public long Count { get; } = count;
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Indices of words that hold the pair, or held it once.</summary>
        public List<int> Words { get; } = [];
    }
}
