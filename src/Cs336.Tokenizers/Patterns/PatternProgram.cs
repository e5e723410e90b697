namespace Cs336.Tokenizers;

/// <summary>A pattern as a nondeterministic automaton: steps that follow each other, in the order in which a match prefers them.</summary>
/// <remarks>
/// Thompson 1968, "Regular Expression Search Algorithm", with ordered choices as in Cox 2009, "Regular Expression Matching: the Virtual
/// Machine Approach".
/// </remarks>
internal sealed class PatternProgram
{
    private const int MaxSteps = 20_000;

    private readonly List<Step> _steps = [];
    private readonly string _pattern;

    /// <exception cref="FormatException">The pattern is not understood, or is too large.</exception>
    public PatternProgram(string pattern)
    {
        _pattern = pattern;
        int match = Add(new Step(StepKind.Match, null, false, -1, -1));
        Start = Build(PatternParser.Parse(pattern), match);
    }

    public enum StepKind
    {
        /// <summary>Takes a code point of the set.</summary>
        One,

        /// <summary>Goes on where the next code point is of the set, or the text ends and that is allowed.</summary>
        Ahead,

        /// <summary>Goes on at <see cref="Step.Next"/>, or else at <see cref="Step.Other"/>.</summary>
        Choice,

        /// <summary>The match is whole.</summary>
        Match,
    }

    /// <summary>The number of the first step.</summary>
    public int Start { get; }

    public IReadOnlyList<Step> Steps => _steps;

    private int Add(Step step)
    {
        if (_steps.Count == MaxSteps)
            throw new FormatException(
                $"The pattern {PatternText.Quote(_pattern)} has more than {MaxSteps:N0} steps, as its repetitions are long: " +
                "not read here.");
        _steps.Add(step);
        return _steps.Count - 1;
    }

    /// <summary>Builds the steps of a part, before those that are there already, and returns the first one.</summary>
    private int Build(PatternNode node, int next)
    {
        switch (node)
        {
            case PatternNode.One one:
                return Add(new Step(StepKind.One, one.Set, false, next, -1));
            case PatternNode.Ahead ahead:
                return Add(new Step(StepKind.Ahead, ahead.Set, ahead.AtEnd, next, -1));
            case PatternNode.Sequence sequence:
                foreach (PatternNode part in sequence.Parts.Reverse()) next = Build(part, next);
                return next;
            case PatternNode.Choice choice:
                int rest = Build(choice.Alternatives[^1], next);
                for (int i = choice.Alternatives.Count - 2; i >= 0; i--)
                    rest = Add(new Step(StepKind.Choice, null, false, Build(choice.Alternatives[i], next), rest));
                return rest;
            case PatternNode.Repeat repeat:
                return BuildRepeat(repeat, next);
            default:
                throw new ArgumentOutOfRangeException(nameof(node));
        }
    }

    private int BuildRepeat(PatternNode.Repeat repeat, int next)
    {
        int first = next;
        if (repeat.Max is int max)
        {
            for (int i = repeat.Min; i < max; i++) first = AddChoice(Build(repeat.Part, first), next);
        }
        else
        {
            first = Add(default);
            int part = Build(repeat.Part, first);
            _steps[first] = MakeChoice(part, next);
        }
        for (int i = 0; i < repeat.Min; i++) first = Build(repeat.Part, first);
        return first;

        int AddChoice(int again, int enough) => Add(MakeChoice(again, enough));

        Step MakeChoice(int again, int enough) =>
            repeat.IsLazy ? new Step(StepKind.Choice, null, false, enough, again) : new Step(StepKind.Choice, null, false, again, enough);
    }

    /// <param name="Kind">What it does.</param>
    /// <param name="Set">The code points that it takes or looks for.</param>
    /// <param name="AtEnd">Whether looking ahead allows the text's end.</param>
    /// <param name="Next">The step after it.</param>
    /// <param name="Other">Of a choice, the step that is taken where the first leads to no match.</param>
    public readonly record struct Step(StepKind Kind, CodePointSet? Set, bool AtEnd, int Next, int Other);
}
