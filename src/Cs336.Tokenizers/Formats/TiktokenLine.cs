using System.Buffers;
using System.Buffers.Text;
using System.Text;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>One line of a tiktoken rank file.</summary>
/// <param name="Token">The token's bytes.</param>
/// <param name="Id">Its id, which is also its rank.</param>
/// <param name="Number">The line's number, counted from 1.</param>
internal readonly record struct TiktokenLine(byte[] Token, int Id, int Number)
{
    /// <summary>Reads a file, in which no token may stand twice.</summary>
    /// <exception cref="InvalidDataException">A line is not as it must be; the message names it.</exception>
    public static List<TiktokenLine> ReadAll(string path)
    {
        ReadOnlySpan<byte> rest = VocabularyFile.ReadText(path);
        List<TiktokenLine> lines = [];
        Dictionary<string, int> seen = [];
        for (int number = 1; !rest.IsEmpty; number++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (text.IsEmpty) continue;
            if (!TryRead(text, number, out TiktokenLine line))
                throw new InvalidDataException(
                    $"{path}, line {number} is {VocabularyFile.Quote(Encoding.UTF8.GetString(text))}, " +
                    "but a line is a token in base64, one space, and its id.");
            if (!seen.TryAdd(Convert.ToBase64String(line.Token), number))
                throw new InvalidDataException(
                    $"{path}, line {number} has the token {VocabularyFile.Quote(Gpt2ByteAlphabet.Spell(line.Token))}, " +
                    $"which line {seen[Convert.ToBase64String(line.Token)]} has too.");
            lines.Add(line);
        }
        return lines;
    }

    private static bool TryRead(ReadOnlySpan<byte> text, int number, out TiktokenLine line)
    {
        line = default;
        int space = text.IndexOf((byte)' ');
        if (space <= 0) return false;
        ReadOnlySpan<byte> idText = text[(space + 1)..];
        if (idText.IsEmpty || idText.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(idText, out int id, out int idLength) || idLength != idText.Length)
            return false;
        byte[] token = new byte[Base64.GetMaxDecodedFromUtf8Length(space)];
        if (Base64.DecodeFromUtf8(text[..space], token, out _, out int length) != OperationStatus.Done || length == 0
            || Base64.GetMaxEncodedToUtf8Length(length) != space)
            return false;
        line = new TiktokenLine(token[..length], id, number);
        return true;
    }
}
