using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Cuts text by any pattern that one pass over the text can match.</summary>
/// <remarks>
/// The pattern becomes a table-driven automaton over code points, so cutting takes time in proportion to the text, for most patterns at
/// hundreds of megabytes per second. See <see cref="PreTokenizers"/> for the patterns of well-known models.
/// </remarks>
public sealed class PatternPreTokenizer : IPairwisePreTokenizer
{
    private const int FreeWork = 1 << 16, WorkForByte = 8;

    private readonly PatternAutomaton _automaton;

    /// <summary>Reads a pattern. Text that it does not match is kept: each gap between matches is a pre-token too.</summary>
    /// <param name="pattern">
    /// A regular expression in the syntax that Hugging Face's tokenizers and tiktoken share: alternatives, groups, sets (<c>[...]</c>,
    /// <c>\p{L}</c>, <c>\s</c>), repetition (greedy, lazy, possessive), <c>(?i:...)</c>, <c>(?!\S)</c> and other looks at the one next code
    /// point, and <c>$</c> for the text's end.
    /// </param>
    /// <exception cref="FormatException">The pattern is not understood, or too large; the message says where and what.</exception>
    public PatternPreTokenizer(string pattern)
        : this(pattern, SplitBehavior.Isolated)
    {
    }

    /// <param name="pattern">As the public constructor takes it.</param>
    /// <param name="behavior">What becomes of matches and of what lies between them.</param>
    /// <param name="isSpelled">Whether it sees each byte of the text as the character that spells it in byte-level vocabularies.</param>
    internal PatternPreTokenizer(string pattern, SplitBehavior behavior, bool isSpelled = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        Pattern = pattern;
        Behavior = behavior;
        _automaton = new PatternAutomaton(pattern, isSpelled);
    }

    /// <summary>Cuts nothing: a text is one pre-token.</summary>
    internal static PatternPreTokenizer Whole { get; } = new(@"[\s\S]+");

    /// <inheritdoc/>
    public string Pattern { get; }

    /// <summary>What becomes of matches and of what lies between them.</summary>
    internal SplitBehavior Behavior { get; }

    /// <summary>Whether every text is matched without gaps.</summary>
    internal bool CoversAll => _automaton.Cuts.CoverAll;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        int count = 0;
        long work = 0;
        for (int position = 0; position < utf8Text.Length && count < ends.Length;)
        {
            ends[count++] = position = FindEnd(utf8Text, position, ref work);
            CheckWork(work, utf8Text);
        }
        return count;
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => SafeCuts.Find(utf8Text, this);

    /// <summary>Where the pre-token ends that begins at a place.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="start">How many bytes come before it.</param>
    /// <param name="work">Is raised by the bytes that were looked at.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int FindEnd(ReadOnlySpan<byte> text, int start, ref long work)
    {
        int end = _automaton.FindEnd(text, start, ref work);
        return end > start && Behavior is SplitBehavior.Isolated or SplitBehavior.MergedWithPrevious
            ? end
            : FindOtherEnd(text, start, end, ref work);
    }

    /// <summary>
    /// Patterns of tokenizers look at a byte twice or thrice. One like <c>a+b|a</c> may look at all that follows for each pre-token: a text
    /// would take time in proportion to the square of its length.
    /// </summary>
    /// <exception cref="InvalidOperationException">The pattern takes far more looks than the text has bytes.</exception>
    internal void CheckWork(long work, ReadOnlySpan<byte> text)
    {
        if (work > FreeWork + ((long)WorkForByte * text.Length))
            throw new InvalidOperationException(
                $"The pattern {PatternText.Quote(Pattern)} looks at the same text again and again: " +
                $"a text of {text.Length:N0} bytes would take too long.");
    }

    /// <inheritdoc/>
    bool IPairwisePreTokenizer.IsCut(int first, int second) => IsCut(first, second);

    /// <summary>Whether a pre-token ends between two code points for certain.</summary>
    internal bool IsCut(int first, int second) =>
        _automaton.Cuts.IsCut(_automaton.ClassesOf(first).Last, _automaton.ClassesOf(second).First, Behavior);

    /// <summary>Whether a cut between two code points changes nothing on either side.</summary>
    internal bool AllowsCut(int first, int second) =>
        _automaton.Cuts.Allow(_automaton.ClassesOf(first).Last, _automaton.ClassesOf(second).First);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindOtherEnd(ReadOnlySpan<byte> text, int start, int end, ref long work)
    {
        if (end > start)
        {
            if (Behavior == SplitBehavior.MergedWithNext) return FindNextMatch(text, end, ref work, out _);
            while (end < text.Length && _automaton.FindEnd(text, end, ref work) is int next && next > end) end = next;
            return end;
        }
        int match = FindNextMatch(text, start, ref work, out int matchEnd);
        return Behavior == SplitBehavior.MergedWithPrevious ? matchEnd : match;
    }

    /// <summary>Where the next match begins, and ends; both are the text's end where there is none.</summary>
    private int FindNextMatch(ReadOnlySpan<byte> text, int start, ref long work, out int end)
    {
        for (int position = start; position < text.Length;)
        {
            end = _automaton.FindEnd(text, position, ref work);
            CheckWork(work, text);
            if (end > position) return position;
            position += _automaton.LengthAt(text, position);
        }
        return end = text.Length;
    }
}
