using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>One of the parts of about equal length that a corpus is divided into, so that several machines can work on it.</summary>
public sealed record CorpusShard
{
    /// <summary>A shard.</summary>
    /// <param name="index">Which one, from 0.</param>
    /// <param name="count">How many there are.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such shard.</exception>
    public CorpusShard(int index, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        if (index < 0 || index >= count)
            throw new ArgumentOutOfRangeException(nameof(index), index, $"Of {count} shards the indices are 0 to {count - 1}.");
        (Index, Count) = (index, count);
    }

    /// <summary>All of a corpus.</summary>
    public static CorpusShard Whole { get; } = new(0, 1);

    /// <summary>Which one, from 0.</summary>
    public int Index { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Reads a shard as it is written: <c>0/8</c> to <c>7/8</c>.</summary>
    /// <exception cref="FormatException">The text names none.</exception>
    public static CorpusShard Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split('/');
        if (parts.Length != 2 || !TryRead(parts[0], out int index) || !TryRead(parts[1], out int count) || count < 1)
            throw new FormatException($"The shard is '{text}', but must be an index and how many there are, such as 0/8.");
        if (index >= count)
            throw new FormatException($"The shard is {text}, but of {count} the first is 0/{count} and the last {count - 1}/{count}.");
        return new CorpusShard(index, count);
    }

    /// <summary>As <see cref="Parse"/> reads it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    /// <summary>Whether a file that is not divided belongs to the shard: the shard of its first byte has all of it.</summary>
    /// <param name="start">Where the file begins among the bytes of all files.</param>
    /// <param name="total">The bytes of all files.</param>
    internal bool Holds(long start, long total) =>
        Index == (total == 0 ? 0 : (int)Math.Min(Count - 1, (long)((Int128)start * Count / total)));

    /// <summary>Refuses a part of a corpus, for readers whose reading of a text depends on all texts before it.</summary>
    /// <exception cref="ArgumentException">The shard is not the whole corpus.</exception>
    internal void RequireWhole()
    {
        if (Count > 1)
            throw new ArgumentException($"Shard {this} cannot be read by itself: copies in other shards are not known. Read all in one.");
    }

    private static bool TryRead(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
