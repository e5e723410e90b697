using System.Text.Unicode;

namespace Cs336.Tokenizers;

/// <summary>What the first bytes of a text tell about the rest.</summary>
/// <param name="MarkLength">The bytes of the byte order mark.</param>
/// <param name="Units">What the text consists of; null for UTF-8.</param>
internal readonly record struct TextHead(int MarkLength, TextUnits? Units)
{
    /// <summary>How many bytes are looked at.</summary>
    public const int Length = 4096;

    /// <summary>Fewer zeros than these may stand in any text; and it needs some bytes to tell UTF-8 from anything else.</summary>
    private const int MinZeros = 4, MinUtf8Bytes = 16;

    private const string ByteOrderMark = "byte order mark";

    /// <summary>Looks at the first bytes.</summary>
    /// <param name="head">The first <see cref="Length"/> bytes, or all where there are fewer.</param>
    /// <param name="encoding">What is known of the text.</param>
    /// <param name="name">What errors call the text.</param>
    /// <exception cref="InvalidDataException">The text is not as is known, or looks like what nothing was said about.</exception>
    public static TextHead Read(ReadOnlySpan<byte> head, TextEncoding encoding, string name)
    {
        TextHead? marked = ReadMark(head);
        switch (encoding)
        {
            case TextEncoding.Utf8:
                if (marked?.Units is TextUnits other) throw Contradicts(name, other.Name, "UTF-8");
                return marked ?? default;
            case TextEncoding.Utf16:
                if (marked is { Units.Bytes: sizeof(char) }) return marked.Value;
                if (marked is not null) throw Contradicts(name, marked.Value.Units?.Name ?? "UTF-8", "UTF-16");
                if (head.Length >= MinUtf8Bytes && !head.Contains((byte)0) && Utf8.IsValid(WithoutCutCharacter(head)))
                    throw new InvalidDataException(
                        $"{name} is to be read as UTF-16, but has no {ByteOrderMark} and reads as UTF-8: name that encoding, or auto.");
                (int even, int odd) = CountZeros(head);
                return new TextHead(0, new TextUnits(sizeof(char), IsBigEndian: even > odd));
            default:
                if (marked is null) RefuseUnmarked(head, name);
                return marked ?? default;
        }
    }

    private static TextHead? ReadMark(ReadOnlySpan<byte> head) => head switch
    {
        [0xEF, 0xBB, 0xBF, ..] => new TextHead(3, null),
        [0xFF, 0xFE, 0, 0, ..] => new TextHead(4, new TextUnits(4, IsBigEndian: false)),
        [0, 0, 0xFE, 0xFF, ..] => new TextHead(4, new TextUnits(4, IsBigEndian: true)),
        [0xFF, 0xFE, ..] => new TextHead(2, new TextUnits(2, IsBigEndian: false)),
        [0xFE, 0xFF, ..] => new TextHead(2, new TextUnits(2, IsBigEndian: true)),
        _ => null,
    };

    private static InvalidDataException Contradicts(string name, string found, string asked) => new(
        $"{name} begins with the {ByteOrderMark} of {found}, but is to be read as {asked}: name the encoding that it is in, or auto.");

    private static void RefuseUnmarked(ReadOnlySpan<byte> head, string name)
    {
        if (FindUtf32(head) is TextUnits units)
            throw new InvalidDataException(
                $"{name} looks like {units.Name}, without a {ByteOrderMark}: of four bytes each, the higher ones are 0. " +
                "Convert it to UTF-8 first, or name its encoding, utf-8, if the zeros belong to it.");
        (int even, int odd) = CountZeros(head);
        (int more, int fewer) = (Math.Max(even, odd), Math.Min(even, odd));
        // Latin letters in UTF-16 have a zero each, other scripts in their spaces and signs; and no character has it at the other place.
        if (more < MinZeros || 4 * more < head.Length / 2 || 8 * fewer > more) return;
        throw new InvalidDataException(
            $"{name} looks like {new TextUnits(sizeof(char), even > odd).Name}, without a {ByteOrderMark}: " +
            $"{more} of the first {head.Length} bytes are 0 at every other place. " +
            "Name its encoding, utf-16, or utf-8 if the zeros belong to it, or convert it to UTF-8 first.");
    }

    private static TextUnits? FindUtf32(ReadOnlySpan<byte> head)
    {
        Span<int> zeros = stackalloc int[4];
        for (int i = 0; i < head.Length; i++) if (head[i] == 0) zeros[i % 4]++;
        int units = head.Length / 4;
        if (units < MinZeros) return null;
        if (zeros[3] >= units && 4 * zeros[2] >= 3 * units && 4 * zeros[0] <= units) return new TextUnits(4, IsBigEndian: false);
        if (zeros[0] >= units && 4 * zeros[1] >= 3 * units && 4 * zeros[3] <= units) return new TextUnits(4, IsBigEndian: true);
        return null;
    }

    private static (int Even, int Odd) CountZeros(ReadOnlySpan<byte> head)
    {
        int even = 0, odd = 0;
        for (int i = 0; i < head.Length; i++)
        {
            if (head[i] != 0) continue;
            if (i % 2 == 0) even++;
            else odd++;
        }
        return (even, odd);
    }

    /// <summary>The bytes without the beginning of a character at their end.</summary>
    private static ReadOnlySpan<byte> WithoutCutCharacter(ReadOnlySpan<byte> head)
    {
        if (head.Length < Length) return head;
        int end = head.Length - 1;
        while (end > head.Length - 4 && (head[end] & 0xC0) == 0x80) end--;
        return head[..end];
    }
}
