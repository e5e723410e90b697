namespace Cs336.Alphabet;

/// <summary>
/// GPT-2's way to spell bytes as visible characters: printable Latin-1 stands for itself, and the other 68 bytes, in
/// order, are U+0100 and on. So a space is <c>Ġ</c> and a newline <c>Ċ</c>.
/// </summary>
internal static class Gpt2ByteAlphabet
{
    private static readonly char[] Chars = MakeChars();

    // The byte of each character up to the last of the alphabet; -1 for one that is not of it.
    private static readonly short[] Bytes = MakeBytes();

    public static bool Contains(char value) => value < Bytes.Length && Bytes[value] >= 0;

    public static string Spell(ReadOnlySpan<byte> bytes)
    {
        Span<char> chars = bytes.Length <= 256 ? stackalloc char[bytes.Length] : new char[bytes.Length];
        for (int i = 0; i < bytes.Length; i++) chars[i] = Chars[bytes[i]];
        return new string(chars);
    }

    /// <summary>The bytes that a text spells, or null where a character is not of the alphabet.</summary>
    public static byte[]? TryRead(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!Contains(text[i])) return null;
            bytes[i] = (byte)Bytes[text[i]];
        }
        return bytes;
    }

    private static char[] MakeChars()
    {
        char[] chars = new char[256];
        char next = (char)256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            chars[value] = printable ? (char)value : next++;
        }
        return chars;
    }

    private static short[] MakeBytes()
    {
        short[] bytes = new short[Chars.Max() + 1];
        Array.Fill(bytes, (short)-1);
        for (int value = 0; value < Chars.Length; value++) bytes[Chars[value]] = (short)value;
        return bytes;
    }
}
