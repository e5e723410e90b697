using System.Text;
using System.Text.Json;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>Holds what we make of a <c>tokenizer.json</c> to what Hugging Face's libraries make of it.</summary>
internal sealed class FileComparison
{
    private const int JoinedCount = 400;
    private readonly string _path;
    private readonly IReadOnlyList<string> _hostile;
    private readonly string[] _texts;
    private readonly BpeTokenizer _tokenizer;
    private readonly Differences _differences;
    private readonly TemporaryFolder _saved;

    private FileComparison(string name, string path, TemporaryFolder saved)
    {
        _path = path;
        _saved = saved;
        _hostile = HostileTexts.For(AddedTokens(path));
        _texts = [.. _hostile, .. MixedText.Documents(_hostile)];
        _tokenizer = BpeTokenizer.Load(Path.GetDirectoryName(path)!);
        _differences = new Differences(name, _tokenizer);
    }

    private string[] Documents => _texts[_hostile.Count..];

    /// <summary>Compares all there is and fails with everything that differs.</summary>
    /// <param name="name">What the file is called in messages.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="tell">Receives a line when each part is done.</param>
    public static void Run(string name, string path, Action<string> tell)
    {
        using TemporaryFolder saved = new();
        FileComparison comparison = new(name, path, saved);
        tell($"{comparison._hostile.Count} hostile texts, {comparison.Documents.Length} documents, {comparison._texts.Sum(text => text.Length)} characters");
        OracleAnswer[] theirs = OracleScript.Ask(OracleKind.Tokenizers, path, comparison._texts, Folder(saved, "theirs").Json);
        tell("their library has answered");
        int[][] ids = comparison.CompareIds(theirs);
        tell($"{ids.Sum(list => list.Length)} ids compared");
        comparison.CompareDecoding(theirs);
        tell("decoding compared");
        comparison.CompareStreams();
        tell("streams compared");
        comparison.CompareSaved(ids);
        tell("saved and loaded");
        comparison.CompareTheirReading(theirs);
        tell("our file read by theirs");
        comparison._differences.AssertNone();
    }

    private int[][] CompareIds(OracleAnswer[] theirs)
    {
        int[][] ids = Encode(_tokenizer, _texts);
        _differences.CompareIds("ids are not those of the Rust library", _texts, [.. theirs.Select(answer => answer.Ids)], ids);
        return ids;
    }

    private void CompareDecoding(OracleAnswer[] theirs)
    {
        int[][] ids = [.. theirs.Select(answer => answer.Ids)];
        _differences.CompareTexts("decoded texts are not those of the Rust library",
            _texts, ids, [.. theirs.Select(answer => answer.Decoded)], [.. ids.Select(list => _tokenizer.Decode(list))]);
    }

    private void CompareStreams()
    {
        CompareStream("the documents", string.Concat(Documents), maxBytes: 97);
        CompareStream("hostile texts", string.Concat(_hostile.TakeLast(JoinedCount)), maxBytes: 7);
    }

    private void CompareStream(string name, string text, int maxBytes)
    {
        using TrickleStream stream = new(Encoding.UTF8.GetBytes(text), maxBytes);
        int[] whole = _tokenizer.Encode(text, SpecialTokenHandling.Allow);
        int[] streamed = [.. _tokenizer.EncodeStream(stream, SpecialTokenHandling.Allow)];
        _differences.CompareIds($"ids of {name} as a stream are not those of the whole", [text], [whole], [streamed]);
    }

    /// <summary>What we saved, and what their library saved, must read as the file itself.</summary>
    private void CompareSaved(int[][] ids)
    {
        (string ours, _) = Folder(_saved, "ours");
        _tokenizer.Model.Save(ours);
        _differences.CompareIds("ids change when the tokenizer is saved and loaded", _texts, ids, Encode(BpeTokenizer.Load(ours), _texts));
        _differences.CompareIds("ids change when the Rust library has saved the file", _texts, ids, Encode(BpeTokenizer.Load(Folder(_saved, "theirs").Path), _texts));
    }

    private void CompareTheirReading(OracleAnswer[] theirs)
    {
        OracleAnswer[] ofOurs = OracleScript.Ask(OracleKind.Tokenizers, Folder(_saved, "ours").Json, _texts);
        _differences.CompareIds(
            "ids of the Rust library are others for the file that we saved", _texts, [.. theirs.Select(answer => answer.Ids)], [.. ofOurs.Select(answer => answer.Ids)]);
    }

    private static int[][] Encode(BpeTokenizer tokenizer, IReadOnlyList<string> texts) =>
        [.. texts.Select(text => tokenizer.Encode(text, SpecialTokenHandling.Allow))];

    private static (string Path, string Json) Folder(TemporaryFolder parent, string name)
    {
        string path = Directory.CreateDirectory(parent.File(name)).FullName;
        return (path, Path.Combine(path, "tokenizer.json"));
    }

    private static string[] AddedTokens(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.TryGetProperty("added_tokens", out JsonElement tokens)
            ? [.. tokens.EnumerateArray().Select(token => token.GetProperty("content").GetString()!)]
            : [];
    }
}
