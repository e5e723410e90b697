using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Reads and writes the ranks of <see cref="TiktokenFile"/>: a line for each token, its bytes in base64 and its id.</summary>
internal static class TiktokenRanks
{
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line.
    /// </exception>
    /// <param name="path">A file of lines, <c>.tiktoken</c>.</param>
    /// <param name="specialTokens">Where null, those of the encoding that the file was published as; none where it was not.</param>
    /// <param name="preTokenizer">Where null, that of the encoding; refused where there is none.</param>
    public static BpeVocabulary Read(string path, IReadOnlyDictionary<string, int>? specialTokens, IPreTokenizer? preTokenizer)
    {
        TiktokenEncoding? encoding = preTokenizer is null || specialTokens is null ? Recognise(path) : null;
        return RankedVocabulary.Make(
            ReadTokens(path),
            specialTokens ?? encoding?.SpecialTokens ?? new Dictionary<string, int>(),
            () => preTokenizer ?? encoding?.PreTokenizer ?? throw new InvalidDataException(
                $"{path} is a rank file, which does not say how text is cut, and none that is known by its content: name its encoding, "
                + "such as cl100k_base, or a pattern."));
    }

    /// <summary>The encoding that a file was published as; null for any other file.</summary>
    public static TiktokenEncoding? Recognise(string path)
    {
        VocabularyFile.CheckSize(path);
        using FileStream file = FileOperations.OpenRead(path);
        return TiktokenEncoding.Find(Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    /// <summary>Reads the lines, in which no token may stand twice.</summary>
    /// <exception cref="InvalidDataException">A line is not as it must be; the message names it.</exception>
    public static RankedTokens ReadTokens(string path)
    {
        RankedTokens tokens = new(path, number => $"line {number}");
        ReadLines(VocabularyFile.ReadText(path), tokens);
        return tokens;
    }

    /// <summary>Reads lines, empty ones passed over.</summary>
    /// <exception cref="InvalidDataException">A line is not as it must be; the message names it.</exception>
    public static void ReadLines(ReadOnlySpan<byte> rest, RankedTokens tokens)
    {
        for (int number = 1; !rest.IsEmpty; number++)
        {
            int end = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> text = (end < 0 ? rest : rest[..end]).TrimEnd((byte)'\r');
            rest = end < 0 ? [] : rest[(end + 1)..];
            if (text.IsEmpty) continue;
            if (!TryRead(text, number, out RankedToken token))
                throw new InvalidDataException(
                    $"{tokens.PlaceOf(token)} is {VocabularyFile.Quote(Encoding.UTF8.GetString(text))}, "
                    + "but a line is a token in base64, one space, and its id.");
            tokens.Add(token);
        }
    }

    /// <exception cref="InvalidOperationException">The ranks alone would give other merges.</exception>
    public static void Write(BpeVocabulary vocabulary, string path)
    {
        RankCheck.RanksSuffice(vocabulary);
        HashSet<int> added = [.. vocabulary.Parts.AddedTokens.Select(token => token.Id)];
        using AtomicFile file = new(path);
        using (StreamWriter text = new(file.Stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" })
        {
            for (int id = 0; id < vocabulary.VocabSize; id++)
            {
                if (vocabulary.HasToken(id) && !added.Contains(id))
                    text.WriteLine($"{Convert.ToBase64String(vocabulary.GetMergedBytes(id))} {id}");
            }
        }
        file.Commit();
    }

    /// <summary>Reads one line; of a line that cannot be read the token has its place alone, for the message.</summary>
    private static bool TryRead(ReadOnlySpan<byte> line, int number, out RankedToken token)
    {
        token = new RankedToken([], -1, number);
        int space = line.IndexOf((byte)' ');
        if (space <= 0) return false;
        ReadOnlySpan<byte> idText = line[(space + 1)..];
        if (idText.IsEmpty || idText.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || !Utf8Parser.TryParse(idText, out int id, out int idLength) || idLength != idText.Length
            || !RankedToken.TryDecode(line[..space], out byte[] bytes))
            return false;
        token = new RankedToken(bytes, id, number);
        return true;
    }
}
