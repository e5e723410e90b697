using System.Text.Json;

namespace WorldTokenizers.Tests.Tiktoken;

/// <summary>One of tiktoken's encodings as its npm package has it.</summary>
internal sealed class NpmEncoding
{
    private readonly string _ranks;

    private NpmEncoding(JsonElement json)
    {
        _ranks = json.GetProperty("bpe_ranks").GetString()!;
        Pattern = json.GetProperty("pat_str").GetString()!;
        SpecialTokens = json.GetProperty("special_tokens").EnumerateObject()
            .ToDictionary(token => token.Name, token => token.Value.GetInt32());
    }

    /// <summary>The regular expression that cuts text.</summary>
    public string Pattern { get; }

    /// <summary>The text and id of each special token.</summary>
    public IReadOnlyDictionary<string, int> SpecialTokens { get; }

    /// <summary>Where the package has it.</summary>
    public static string PathOf(string name) => NpmStore.FileOf($"tiktoken/encoders/{name}.json");

    /// <summary>Reads an encoding of the package.</summary>
    public static NpmEncoding Read(string name)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(PathOf(name)));
        return new NpmEncoding(json.RootElement);
    }

    /// <summary>
    /// Writes the rank file: a line for each token, base64 and rank. The package has it shorter: each of its lines is a mark, the first
    /// token's rank, and tokens of consecutive ranks.
    /// </summary>
    public void WriteRankFile(string path)
    {
        using StreamWriter writer = new(path) { NewLine = "\n" };
        foreach (string line in _ranks.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            int first = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
            for (int i = 2; i < words.Length; i++) writer.WriteLine($"{words[i]} {first + i - 2}");
        }
    }
}
