using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>GPT-2's two files: <c>vocab.json</c>, a map from token to id, and <c>merges.txt</c>, two tokens per line.</summary>
internal static class Gpt2Vocabulary
{
    public const string VocabularyName = "vocab.json";
    public const string MergesName = "merges.txt";

    public static bool Exists(string directory) => FindMissing(directory) is null;

    /// <summary>The first of the two files that is not there; null where both are.</summary>
    public static string? FindMissing(string directory) =>
        new[] { VocabularyName, MergesName }.Select(name => Path.Combine(directory, name)).FirstOrDefault(path => !File.Exists(path));

    public static SpelledVocabulary Read(string directory) => new(
        directory, ReadVocabulary(Path.Combine(directory, VocabularyName)), ReadMerges(Path.Combine(directory, MergesName)));

    /// <summary>How each id is spelled in the files; null where no token has the id.</summary>
    /// <exception cref="InvalidOperationException">Two ids are spelled alike.</exception>
    public static string?[] Spell(BpeVocabulary vocabulary)
    {
        string?[] spellings = new string?[vocabulary.VocabSize];
        foreach (AddedToken token in vocabulary.Parts.AddedTokens) spellings[token.Id] = token.Text;
        for (int value = 0; value < vocabulary.Parts.FallbackIds.Count; value++)
        {
            if (vocabulary.Parts.FallbackIds[value] is int id and >= 0) spellings[id] = CharacterVocabulary.NameOf((byte)value);
        }
        Dictionary<string, int> seen = [];
        for (int id = 0; id < spellings.Length; id++)
        {
            if (!vocabulary.HasToken(id)) continue;
            ReadOnlySpan<byte> bytes = vocabulary.GetMergedBytes(id);
            spellings[id] ??= vocabulary.Parts.CharacterIds is null ? Gpt2ByteAlphabet.Spell(bytes) : Encoding.UTF8.GetString(bytes);
            if (!seen.TryAdd(spellings[id]!, id))
                throw new InvalidOperationException(
                    $"Ids {seen[spellings[id]!]} and {id} are both spelled '{spellings[id]}' in {VocabularyName}: " +
                    "rename the special token.");
        }
        return spellings;
    }

    public static void WriteVocabulary(string?[] spellings, Stream destination)
    {
        using Utf8JsonWriter json = new(destination, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        WriteVocabulary(json, spellings);
    }

    public static void WriteMerges(BpeVocabulary vocabulary, string?[] spellings, Stream destination)
    {
        using StreamWriter text = new(destination, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        text.WriteLine("#version: 0.2");
        foreach (BpeMerge merge in vocabulary.Merges) text.WriteLine($"{spellings[merge.Left]} {spellings[merge.Right]}");
    }

    /// <summary>Writes an object that gives each token its id, in the order of ids.</summary>
    public static void WriteVocabulary(Utf8JsonWriter json, string?[] spellings)
    {
        json.WriteStartObject();
        for (int id = 0; id < spellings.Length; id++)
        {
            if (spellings[id] is string spelling) json.WriteNumber(spelling, id);
        }
        json.WriteEndObject();
    }

    /// <summary>Reads an object that gives each token its id.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonElement json, string path)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{path}: the vocabulary is a JSON {json.ValueKind}, but must be an object of tokens and ids.");
        Dictionary<string, int> ids = new(json.GetPropertyCount());
        foreach (JsonProperty token in json.EnumerateObject())
        {
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out int id))
                throw new InvalidDataException(
                    $"{path}: the id of {VocabularyFile.Quote(token.Name)} is {VocabularyFile.Quote(token.Value.ToString())}, " +
                    "but must be a whole number.");
            ids[token.Name] = id;
        }
        return ids;
    }

    /// <summary>Reads the two tokens of one merge.</summary>
    public static (string Left, string Right) ReadMerge(string line, string place)
    {
        int space = line.IndexOf(' ');
        if (space <= 0 || space == line.Length - 1 || line.IndexOf(' ', space + 1) >= 0)
            throw new InvalidDataException(
                $"{place} is {VocabularyFile.Quote(line)}, but a merge is two tokens with one space between them.");
        return (line[..space], line[(space + 1)..]);
    }

    private static Dictionary<string, int> ReadVocabulary(string path) =>
        VocabularyFile.ReadJson(path, json => ReadVocabulary(json, path));

    private static List<(string, string)> ReadMerges(string path)
    {
        VocabularyFile.CheckSize(path);
        List<(string, string)> merges = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (line.Length == 0 || (number == 1 && line.StartsWith("#version", StringComparison.Ordinal))) continue;
            merges.Add(ReadMerge(line, $"{path}, line {number}"));
        }
        return merges;
    }
}
