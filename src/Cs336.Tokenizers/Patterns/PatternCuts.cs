namespace Cs336.Tokenizers;

/// <summary>
/// Between which two classes of code points text can be cut in two, wherever they stand next to each other, without a change of what a
/// pattern makes of either side.
/// </summary>
/// <remarks>
/// Worked out from the pattern: no match goes on from the first to the second, and what looks ahead from the first sees the second as it
/// would see the text's end.
/// </remarks>
internal sealed class PatternCuts
{
    private readonly int _count;

    // For each two classes: whether they may stand in one match, and whether a look ahead tells the second one from the text's end.
    private readonly bool[] _areTogether, _looksDiffer;

    // For each class: whether a match begins there for certain, where it does not stand in one, and whether it may stand in one.
    private readonly bool[] _begins, _isInMatch;

    /// <param name="program">The pattern's steps.</param>
    /// <param name="alphabet">The classes of code points that the pattern does not tell apart.</param>
    /// <param name="setNumbers">The numbers of the steps' sets in the alphabet.</param>
    /// <param name="begins">The classes at which a match begins whatever follows.</param>
    public PatternCuts(
        PatternProgram program, CodePointAlphabet alphabet, IReadOnlyDictionary<CodePointSet, int> setNumbers, bool[] begins)
    {
        _count = alphabet.Count;
        _areTogether = new bool[_count * _count];
        _looksDiffer = new bool[_count * _count];
        _begins = begins;
        _isInMatch = new bool[_count];
        foreach (PatternProgram.Step step in program.Steps.Where(step => step.Kind == PatternProgram.StepKind.One))
        {
            bool[] firsts = MembersOf(step);
            for (int first = 0; first < _count; first++) _isInMatch[first] |= firsts[first];
            foreach (PatternProgram.Step next in ReachedFrom(program, step.Next))
            {
                bool takes = next.Kind == PatternProgram.StepKind.One;
                bool[] pairs = takes ? _areTogether : _looksDiffer;
                bool[] seconds = MembersOf(next);
                for (int i = 0; i < pairs.Length; i++)
                    pairs[i] |= firsts[i / _count] && (takes ? seconds[i % _count] : seconds[i % _count] != next.AtEnd);
            }
        }

        bool[] MembersOf(PatternProgram.Step step) =>
            [.. Enumerable.Range(0, _count).Select(i => alphabet.Members[i][setNumbers[step.Set!]])];
    }

    /// <summary>Whether a match begins at every code point, so that matches leave no gaps.</summary>
    public bool CoverAll => Array.TrueForAll(_begins, begins => begins);

    /// <summary>Whether a cut between the two changes no match on either side.</summary>
    public bool Allow(int first, int second)
    {
        int pair = (first * _count) + second;
        return !_areTogether[pair] && !_looksDiffer[pair];
    }

    /// <summary>Whether a pre-token ends between the two for certain.</summary>
    public bool IsCut(int first, int second, SplitBehavior behavior) => Allow(first, second) && behavior switch
    {
        SplitBehavior.Isolated or SplitBehavior.MergedWithNext => _begins[second],
        SplitBehavior.MergedWithPrevious => _begins[first],
        _ => (_begins[second] && !_isInMatch[first]) || (_begins[first] && !_isInMatch[second]),
    };

    /// <summary>
    /// The steps that take or look for something, reached without taking anything, as if all looks ahead on the way held.
    /// </summary>
    private static List<PatternProgram.Step> ReachedFrom(PatternProgram program, int start)
    {
        List<PatternProgram.Step> reached = [];
        HashSet<int> visited = [];
        Stack<int> open = new([start]);
        while (open.TryPop(out int number))
        {
            if (!visited.Add(number)) continue;
            PatternProgram.Step step = program.Steps[number];
            if (step.Kind is PatternProgram.StepKind.One or PatternProgram.StepKind.Ahead) reached.Add(step);
            if (step.Kind is PatternProgram.StepKind.Choice or PatternProgram.StepKind.Ahead) open.Push(step.Next);
            if (step.Kind == PatternProgram.StepKind.Choice) open.Push(step.Other);
        }
        return reached;
    }
}
