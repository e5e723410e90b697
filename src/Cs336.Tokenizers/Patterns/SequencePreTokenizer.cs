using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Cuts text by several patterns: by the first one, then what came of it by the second one, and so on.</summary>
internal sealed class SequencePreTokenizer : IPairwisePreTokenizer
{
    private readonly PatternPreTokenizer[] _steps;

    /// <param name="steps">The patterns, at least one.</param>
    public SequencePreTokenizer(IEnumerable<PatternPreTokenizer> steps) => _steps = [.. steps];

    /// <summary>The patterns, the first one first.</summary>
    public IReadOnlyList<PatternPreTokenizer> Steps => _steps;

    /// <summary>All patterns, joined by an arrow: there is no single one that cuts alike.</summary>
    public string Pattern => string.Join(" -> ", _steps.Select(step => step.Pattern));

    /// <inheritdoc/>
    /// <exception cref="InvalidOperationException">A match of the first pattern has more pre-tokens than there is room for.</exception>
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        int count = 0;
        long work = 0;
        for (int position = 0; position < utf8Text.Length;)
        {
            int end = _steps[0].FindEnd(utf8Text, position, ref work);
            _steps[0].CheckWork(work, utf8Text);
            if (!TryAdd(utf8Text[..end], position, 1, ends, ref count))
            {
                if (count == 0) return SplitFirst(utf8Text[..end], ends);
                break;
            }
            position = end;
        }
        return count;
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => SafeCuts.Find(utf8Text, this);

    /// <inheritdoc/>
    public bool IsCut(int first, int second) =>
        Array.TrueForAll(_steps, step => step.AllowsCut(first, second)) && Array.Exists(_steps, step => step.IsCut(first, second));

    /// <summary>
    /// As <see cref="Split"/>, but ends between two matches of the first pattern, however many pre-tokens the last one has.
    /// </summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="wanted">Stops after the match with which there are so many pre-tokens.</param>
    /// <param name="ends">Receives the offset after each pre-token; replaced by a longer one where it is too short.</param>
    public int SplitMatches(ReadOnlySpan<byte> text, int wanted, ref int[] ends)
    {
        int count = 0;
        long work = 0;
        for (int position = 0; position < text.Length && count < wanted;)
        {
            int end = _steps[0].FindEnd(text, position, ref work);
            _steps[0].CheckWork(work, text);
            // A pre-token has a byte at least.
            if (ends.Length < count + end - position) Array.Resize(ref ends, Math.Max(2 * ends.Length, count + end - position));
            TryAdd(text[..end], position, 1, ends, ref count);
            position = end;
        }
        return count;
    }

    /// <summary>Adds the pre-tokens of a match, cut by the patterns from a step on; none where there is no room for all.</summary>
    private bool TryAdd(ReadOnlySpan<byte> text, int start, int step, Span<int> ends, ref int count)
    {
        if (step == _steps.Length)
        {
            if (count == ends.Length) return false;
            ends[count++] = text.Length;
            return true;
        }
        int before = count;
        long work = 0;
        ReadOnlySpan<byte> match = text[start..];
        for (int position = 0; position < match.Length;)
        {
            int end = _steps[step].FindEnd(match, position, ref work);
            _steps[step].CheckWork(work, match);
            if (!TryAdd(text[..(start + end)], start + position, step + 1, ends, ref count))
            {
                count = before;
                return false;
            }
            position = end;
        }
        return true;
    }

    /// <summary>
    /// The first pre-tokens of a match of the first pattern that has more of them than there is room for. The caller goes on after them
    /// without knowing that it is within a match, so what is left must be cut alike when it stands by itself.
    /// </summary>
    private int SplitFirst(ReadOnlySpan<byte> match, Span<int> ends)
    {
        int[] all = ArrayPool<int>.Shared.Rent(match.Length);
        try
        {
            int count = 0;
            TryAdd(match, 0, 1, all, ref count);
            all.AsSpan(0, ends.Length).CopyTo(ends);
            int[] rest = new int[match.Length];
            int cut = ends[^1], restCount = SplitMatches(match[cut..], int.MaxValue, ref rest);
            if (rest.Take(restCount).Select(end => end + cut).SequenceEqual(all.Skip(ends.Length).Take(count - ends.Length)))
                return ends.Length;
            throw new InvalidOperationException(
                $"A pre-token of {match.Length:N0} bytes is cut into {count:N0} parts, but at most {ends.Length:N0} are cut at once: " +
                $"the patterns are {Pattern}.");
        }
        finally
        {
            ArrayPool<int>.Shared.Return(all);
        }
    }
}
