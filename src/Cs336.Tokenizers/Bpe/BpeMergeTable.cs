namespace Cs336.Tokenizers;

/// <summary>Looks up the merge of two neighbouring ids.</summary>
internal sealed class BpeMergeTable
{
    /// <summary>The rank of a pair that does not merge: after every merge.</summary>
    public const int NoMerge = int.MaxValue;

    private readonly Dictionary<ulong, int> _ranks;
    private readonly int[] _results;

    public BpeMergeTable(IReadOnlyList<BpeMerge> merges)
    {
        _ranks = new Dictionary<ulong, int>(merges.Count);
        _results = new int[merges.Count];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            _ranks.Add(Key(merges[rank].Left, merges[rank].Right), rank);
            _results[rank] = merges[rank].Result;
        }
    }

    /// <summary>The place of a pair's merge in the order of merges, or <see cref="NoMerge"/>.</summary>
    public int Rank(int left, int right) => _ranks.TryGetValue(Key(left, right), out int rank) ? rank : NoMerge;

    /// <summary>The id that the merge of a rank makes.</summary>
    public int Result(int rank) => _results[rank];

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;
}
