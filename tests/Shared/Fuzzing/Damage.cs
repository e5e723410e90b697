using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Cs336.Testing;

/// <summary>
/// Damages files so that most of their structure stays: bytes and ranges, and in text and JSON also whole numbers, strings, keys,
/// values and brackets. What comes out depends on the random numbers alone.
/// </summary>
internal sealed partial class Damage(Random random, IReadOnlyList<byte[]> samples)
{
    private const int MaxGrowth = 1 << 16;

    private static readonly string[] Numbers =
    [
        "0", "-0", "-1", "1", "2", "255", "256", "257", "65535", "65536", "2147483647", "2147483648", "-2147483648",
        "4294967296", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "99999999999999999999999999", "0.5", "1e3", "1e400", "-1e400", "1e-400", "1E+2", "NaN",
        "Infinity", "01", "1.", "0x10", "1000000", "20000000",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "{}", "[]", "\"\"", "\"a\"", "[[]]", "{\"a\":{}}", "\"\\ud800\"", "\"\\udc00a\"",
        "\"a\\ud83d\"", "\"\\ud83d\\ude00\"", "\"\\u0000\"", "\"\uFFFD\"", "\"\\\\\"", "\"Ġ\"", "\"<|endoftext|>\"",
        "\"F32\"", "\"I8\"", "\"pre\"", "'<u4'", "'>u2'", "(1,)", "()", "True", "//", "/**/", "\u00A0", "\uFEFF", "#version: 0.2",
    ];

    /// <summary>A damaged copy of a sample.</summary>
    public byte[] Next()
    {
        byte[] bytes = [.. Pick(samples)];
        for (int times = random.Next(1, random.Next(2) == 0 ? 2 : 6); times > 0; times--)
            bytes = random.Next(3) == 0 ? OfBytes(bytes) : OfText(bytes);
        return bytes;
    }

    private byte[] OfBytes(byte[] bytes)
    {
        (int start, int length) = Range(bytes.Length);
        byte[] before = bytes[..start], range = bytes[start..(start + length)], after = bytes[(start + length)..];
        switch (random.Next(9))
        {
            case 0 when range.Length > 0:
                range[random.Next(range.Length)] ^= (byte)(1 << random.Next(8));
                return [.. before, .. range, .. after];
            case 1 when range.Length > 0:
                range[random.Next(range.Length)] = (byte)random.Next(256);
                return [.. before, .. range, .. after];
            case 2:
                return [.. before, .. after];
            case 3:
                return [.. before, .. range, .. range, .. after];
            case 4:
                return before;
            case 5:
                byte[] noise = new byte[random.Next(40)];
                random.NextBytes(noise);
                return [.. before, .. noise, .. after];
            case 6:
                byte[] number = new byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(
                    number, Pick(
                    [0L, 1, -1, int.MaxValue, int.MaxValue + 1L, uint.MaxValue, long.MaxValue, long.MinValue, 100_000_000, bytes.Length,
                    random.NextInt64()]));
                int at = random.Next(2) == 0 ? 0 : start; // where a length stands, or anywhere
                return [.. bytes[..at], .. number.AsSpan(0, random.Next(1, 9)), .. bytes.Skip(at + 8)];
            case 7:
                byte[] other = Pick(samples);
                (int from, int count) = Range(other.Length);
                return [.. before, .. other[from..(from + count)], .. after];
            default:
                int cut = random.Next(start + 1);
                return [.. bytes[cut..start], .. bytes[..cut], .. range, .. after];
        }
    }

    /// <summary>One number, string or word in the text becomes another, goes, or stands twice; or a bracket does.</summary>
    private byte[] OfText(byte[] bytes)
    {
        string text = Encoding.Latin1.GetString(bytes);
        MatchCollection parts = Parts().Matches(text.Length > MaxGrowth ? text[..MaxGrowth] : text);
        if (parts.Count == 0) return OfBytes(bytes);
        Match part = parts[random.Next(parts.Count)];
        string replacement = random.Next(9) switch
        {
            0 or 1 when char.IsAsciiDigit(part.Value[^1]) => Pick(Numbers),
            0 or 1 or 2 => Pick(Values),
            3 => Pick(Numbers),
            4 => "",
            5 => part.Value + part.Value,
            6 => $"{part.Value}{Pick([",", ":", "[", "]", "{", "}", "\"", " ", "\n"])}{parts[random.Next(parts.Count)].Value}",
            7 => parts[random.Next(parts.Count)].Value,
            _ =>
                random.Next(20) != 0
                    ? $"[{part.Value}]"
                    : string.Concat(Enumerable.Repeat(Pick(["[", "{\"a\":", "\"a", "1", "\\ud800", " "]), random.Next(5000))),
        };
        byte[] inserted = Encoding.UTF8.GetBytes(replacement);
        if (bytes.Length > 10 * MaxGrowth) inserted = [];
        return [.. bytes.AsSpan(0, part.Index), .. inserted, .. bytes.AsSpan(part.Index + part.Length)];
    }

    private (int Start, int Length) Range(int length)
    {
        int start = random.Next(length + 1);
        return (start, random.Next(Math.Min(length - start, random.Next(2) == 0 ? 8 : 400) + 1));
    }

    private T Pick<T>(IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    [GeneratedRegex("""-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z]+|[\[\]{}(),:\n ]|[^\s]""",
        RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
