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
    /// <exception cref="InvalidOperationException">A match of one pattern is cut into more parts than there is room for.</exception>
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
    /// As <see cref="Split"/>, with room for as many parts as there are: all of the first pieces of the first pattern, until there are
    /// some.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="wanted">About how many parts; there may be more or fewer.</param>
    /// <param name="ends">Receives the offset after each part; replaced by a longer one where it is too short.</param>
    public int SplitPieces(ReadOnlySpan<byte> text, int wanted, ref int[] ends)
    {
        int count = 0;
        long work = 0;
        for (int position = 0; position < text.Length && count < wanted;)
        {
            int end = _steps[0].FindEnd(text, position, ref work);
            _steps[0].CheckWork(work, text);
            // A part has a byte at least.
            if (ends.Length < count + end - position) Array.Resize(ref ends, Math.Max(2 * ends.Length, count + end - position));
            TryAdd(text[..end], position, 1, ends, ref count);
            position = end;
        }
        return count;
    }

    /// <summary>Adds the parts of a piece from a step on; where there is no room for all of them none is added.</summary>
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
        ReadOnlySpan<byte> piece = text[start..];
        for (int position = 0; position < piece.Length;)
        {
            int end = _steps[step].FindEnd(piece, position, ref work);
            _steps[step].CheckWork(work, piece);
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
    /// Of a piece of the first step that has more parts than there is room for, the first parts. The caller goes on after them without
    /// knowing that it is within a piece, so what is left must be a piece by itself.
    /// </summary>
    private int SplitFirst(ReadOnlySpan<byte> piece, Span<int> ends)
    {
        int[] all = ArrayPool<int>.Shared.Rent(piece.Length);
        try
        {
            int count = 0;
            TryAdd(piece, 0, 1, all, ref count);
            all.AsSpan(0, ends.Length).CopyTo(ends);
            int[] rest = new int[piece.Length];
            int cut = ends[^1], restCount = SplitPieces(piece[cut..], int.MaxValue, ref rest);
            if (rest.Take(restCount).Select(end => end + cut).SequenceEqual(all.Skip(ends.Length).Take(count - ends.Length)))
                return ends.Length;
            throw new InvalidOperationException(
                $"A pre-token of {piece.Length:N0} bytes is cut into {count:N0} parts, but at most {ends.Length:N0} are cut at once: " +
                $"the patterns are {Pattern}.");
        }
        finally
        {
            ArrayPool<int>.Shared.Return(all);
        }
    }
}
