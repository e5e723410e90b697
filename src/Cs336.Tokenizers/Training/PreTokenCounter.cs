using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;

namespace Cs336.Tokenizers;

/// <summary>Counts the distinct pre-tokens of a corpus, special tokens left out.</summary>
internal sealed class PreTokenCounter(IPreTokenizer preTokenizer, IReadOnlyList<string> specialTokens, TrainingClock clock)
{
    private readonly SpecialTokenMatcher _specialTokens =
        new(specialTokens.Select((token, index) => KeyValuePair.Create(token, index)));
    private readonly Dictionary<byte[], long> _counts = new(BytesComparer.Instance);

    /// <summary>How often each pre-token stands in the text read so far.</summary>
    public IReadOnlyDictionary<byte[], long> Counts => _counts;

    /// <summary>Reads a stream to its end, and returns how many bytes that was.</summary>
    /// <exception cref="InvalidDataException">The text is not valid UTF-8; the message gives <paramref name="name"/> and the byte offset.</exception>
    public long Read(Stream stream, string name)
    {
        Utf8BlockReader reader = new(stream, text => _specialTokens.FindSafeCut(text, preTokenizer));
        long offset = 0;
        for (ReadOnlyMemory<byte> block = reader.Read(); !block.IsEmpty; block = reader.Read())
        {
            CheckUtf8(block.Span, offset, name);
            CountBlock(block.Span);
            offset += block.Length;
            clock.AddBytes(block.Length);
        }
        return offset;
    }

    private static void CheckUtf8(ReadOnlySpan<byte> text, long offset, string name)
    {
        if (Utf8.IsValid(text)) return;
        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == System.Buffers.OperationStatus.Done) position += length;
        throw new InvalidDataException(
            $"{name} is not valid UTF-8: byte {offset + position} is 0x{text[position]:x2}. Convert the text to UTF-8 first.");
    }

    private void CountBlock(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            _specialTokens.TryFind(text, out int start, out int length, out _);
            CountPlain(text[..start]);
            text = text[(start + length)..];
        }
    }

    private void CountPlain(ReadOnlySpan<byte> text)
    {
        var counts = _counts.GetAlternateLookup<ReadOnlySpan<byte>>();
        Span<int> ends = stackalloc int[256];
        while (!text.IsEmpty)
        {
            int found = preTokenizer.Split(text, ends);
            int start = 0;
            foreach (int end in ends[..found])
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, text[start..end], out _)++;
                start = end;
            }
            text = text[start..];
        }
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly BytesComparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate) => (int)ByteHash.Of(alternate);

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => (int)ByteHash.Of(obj);
    }
}
