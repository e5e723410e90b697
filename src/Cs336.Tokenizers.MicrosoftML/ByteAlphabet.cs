namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>GPT-2's spelling of bytes as visible characters, in which byte-level vocabularies are kept.</summary>
internal static class ByteAlphabet
{
    private static readonly Dictionary<char, byte> Bytes = Make();

    /// <exception cref="NotSupportedException">A character is not of the alphabet.</exception>
    public static byte[] Read(string text)
    {
        byte[] bytes = new byte[text.Length];
        for (int i = 0; i < text.Length; i++)
        {
            if (!Bytes.TryGetValue(text[i], out bytes[i]))
                throw new NotSupportedException(
                    $"The vocabulary has the token '{text}', which is not spelled in GPT-2's byte alphabet: " +
                    "name it as a special token.");
        }
        return bytes;
    }

    private static Dictionary<char, byte> Make()
    {
        Dictionary<char, byte> bytes = [];
        char next = (char)256;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            bytes[printable ? (char)value : next++] = (byte)value;
        }
        return bytes;
    }
}
