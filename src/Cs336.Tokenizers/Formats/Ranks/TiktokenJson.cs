using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// An encoding of tiktoken as packages for JavaScript carry it: pattern, special tokens, and the ranks in one text, as JSON or as a module
/// that exports nothing else.
/// </summary>
/// <remarks>
/// Each line of the text is <c>!</c>, a rank, and the tokens that have this and the following ranks, in base64. A text that does not begin
/// with <c>!</c> is a rank file. Some files also have <c>explicit_n_vocab</c>, of which npm's tiktoken makes nothing, and which is wrong in
/// a published one (@anthropic-ai/tokenizer 0.0.4), so it is passed over.
/// </remarks>
internal static class TiktokenJson
{
    private const string Ranks = "bpe_ranks";

    private static ReadOnlySpan<byte> Space => " \t\r\n"u8;

    /// <summary>Where the object is in a text that is one, or a module that exports one.</summary>
    /// <param name="text">The text, or its beginning.</param>
    public static Range FindObject(ReadOnlySpan<byte> text)
    {
        int start = text.Length - text.TrimStart(Space).Length;
        ReadOnlySpan<byte> rest = text[start..];
        if (rest.StartsWith("module.exports = "u8)) start += "module.exports = "u8.Length;
        else if (rest.StartsWith("export default "u8)) start += "export default "u8.Length;
        else return Range.All;
        return start..(start + text[start..].TrimEnd("; \t\r\n"u8).Length);
    }

    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names what is wrong.
    /// </exception>
    /// <param name="path">A JSON file as the npm packages have it.</param>
    /// <param name="preTokenizer">What cuts text, instead of what the file says.</param>
    public static BpeVocabulary Read(string path, IPreTokenizer? preTokenizer) => ReadJson(path, json =>
    {
        RankedTokens tokens = ReadTokens(json);
        KeyValuePair<string, int>[] special = [.. json["special_tokens"].Properties()
            .Select(token => new KeyValuePair<string, int>(token.Key, token.Part.Number()))];
        return RankedVocabulary.Make(tokens, special, () => preTokenizer ?? RankedPattern.Read(json["pat_str"]));
    });

    /// <summary>How many tokens a file has besides special ones.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static int Count(string path) => ReadJson(path, json => ReadTokens(json).All.Count);

    private static T ReadJson<T>(string path, Func<RankedJson, T> read)
    {
        byte[] text = VocabularyFile.ReadText(path);
        return VocabularyFile.ReadJson(path, text.AsMemory(FindObject(text)), root => read(new RankedJson(path, "", root)));
    }

    private static RankedTokens ReadTokens(RankedJson json)
    {
        ReadOnlySpan<byte> ranks = Encoding.UTF8.GetBytes(json[Ranks].Text());
        if (!ranks.StartsWith("!"u8))
        {
            RankedTokens lines = new(json.Path, number => $"line {number} of '{Ranks}'");
            TiktokenRanks.ReadLines(ranks, lines);
            return lines;
        }
        RankedTokens tokens = new(json.Path, number => $"token {number} of '{Ranks}'");
        foreach (Range line in ranks.Split((byte)'\n')) ReadLine(ranks[line].TrimEnd((byte)'\r'), tokens);
        return tokens;
    }

    private static void ReadLine(ReadOnlySpan<byte> line, RankedTokens tokens)
    {
        if (line.IsEmpty) return;
        string place = $"{tokens.Path}: '{Ranks}'";
        if (!line.StartsWith("! "u8))
            throw new InvalidDataException($"{place} has the line {Quote(line)}, but a line is !, a rank, and tokens in base64.");
        ReadOnlySpan<byte> words = line[2..];
        int space = words.IndexOf((byte)' ');
        ReadOnlySpan<byte> first = space < 0 ? words : words[..space];
        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int rank))
            throw new InvalidDataException(
                $"{place} has a line that begins with the rank {Quote(first)}, which is no whole number of 32 bits.");
        if (space < 0) return;
        ReadOnlySpan<byte> list = words[(space + 1)..];
        foreach (Range word in list.Split((byte)' '))
        {
            if (rank == int.MaxValue) throw new InvalidDataException($"{place} has ranks up to {rank}: they must leave few numbers out.");
            int number = tokens.All.Count + 1;
            if (!RankedToken.TryDecode(list[word], out byte[] bytes))
                throw new InvalidDataException($"{place} has {Quote(list[word])} as token {number}, which is not base64.");
            tokens.Add(new RankedToken(bytes, rank++, number));
        }
    }

    private static string Quote(ReadOnlySpan<byte> text) => VocabularyFile.Quote(Encoding.UTF8.GetString(text));
}
