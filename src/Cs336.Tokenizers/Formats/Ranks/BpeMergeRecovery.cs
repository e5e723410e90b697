namespace Cs336.Tokenizers;

/// <summary>
/// Finds the two parts that each token was merged from, where a file has only the tokens and their order: encoded with the
/// merges of the tokens before it, a token of a BPE vocabulary comes down to exactly these two.
/// </summary>
internal sealed class BpeMergeRecovery(IReadOnlyList<int> byteIds)
{
    private readonly Dictionary<(int Left, int Right), int> _results = [];
    private readonly PriorityQueue<(int Position, int Left, int Right), (int Result, int Position)> _candidates = new();

    /// <summary>
    /// Finds the parts of the next token. Tokens are given in the order in which they were made, each longer than a byte.
    /// </summary>
    /// <returns>False where the tokens before it do not come down to two parts.</returns>
    public bool TryAdd(ReadOnlySpan<byte> token, int id, out BpeMerge merge)
    {
        // Time O(n log n) in the token's length, so that a hostile file cannot make it long.
        int[] symbols = new int[token.Length];
        int[] previous = new int[token.Length];
        int[] next = new int[token.Length];
        for (int i = 0; i < symbols.Length; i++) (symbols[i], previous[i], next[i]) = (byteIds[token[i]], i - 1, i + 1);
        int count = symbols.Length;
        _candidates.Clear();
        for (int i = 0; i + 1 < symbols.Length; i++) Propose(i, i + 1);
        while (_candidates.TryDequeue(out (int Position, int Left, int Right) pair, out (int Result, int Position) priority))
        {
            int right = next[pair.Position];
            if (symbols[pair.Position] != pair.Left || right >= symbols.Length || symbols[right] != pair.Right) continue;
            symbols[pair.Position] = priority.Result;
            symbols[right] = -1;
            int after = next[pair.Position] = next[right];
            if (after < symbols.Length) previous[after] = pair.Position;
            count--;
            if (previous[pair.Position] >= 0) Propose(previous[pair.Position], pair.Position);
            if (after < symbols.Length) Propose(pair.Position, after);
        }
        merge = count == 2 ? new BpeMerge(symbols[0], symbols[next[0]], id) : default;
        return count == 2 && _results.TryAdd((merge.Left, merge.Right), id);

        void Propose(int left, int right)
        {
            if (_results.TryGetValue((symbols[left], symbols[right]), out int result))
                _candidates.Enqueue((left, symbols[left], symbols[right]), (result, left));
        }
    }
}
