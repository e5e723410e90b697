namespace Cs336.Inference;

/// <summary>
/// What is wrong, for one message: the first problems in words, the others as a number, however many a file gives cause for.
/// </summary>
internal sealed class ProblemList
{
    /// <summary>The most problems that are told in words.</summary>
    public const int MaxListed = 20;

    private const int LongestProblem = 300;
    private readonly List<string> _listed = [];

    public long Count { get; private set; }

    public bool IsFull => _listed.Count == MaxListed;

    public void Add(string problem)
    {
        Count++;
        if (!IsFull) _listed.Add(problem.Length <= LongestProblem ? problem : $"{problem.AsSpan(0, LongestProblem)}…");
    }

    /// <summary>Counts problems that are not told in words.</summary>
    public void AddUnlisted(long count) => Count += count;

    public override string ToString() => string.Join("; ", _listed) + (Count > _listed.Count ? $"; and {Count - _listed.Count} more" : "");
}
