using System.Text;
using System.Text.Json;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>Holds what we make of a <c>tokenizer.json</c> to what Hugging Face's libraries make of it.</summary>
internal sealed class FileComparison
{
    private const int JoinedCount = 400; // hostile texts that are streamed as one
    private const int Step = 4; // where a part of the texts is enough, it is every fourth one
    private readonly string _path;
    private readonly string[] _hostile;
    private readonly string[] _texts;
    private readonly BpeTokenizer _tokenizer;
    private readonly Differences _differences;
    private readonly TemporaryFolder _folder;

    private FileComparison(string name, string path, bool isTwin, TemporaryFolder folder)
    {
        _path = path;
        _folder = folder;
        _hostile = [.. HostileTexts.For(AddedTokens(path))];
        IReadOnlyList<string> documents = MixedText.Documents(_hostile);
        _texts = [.. _hostile, .. isTwin ? EveryFourth(documents) : documents];
        _tokenizer = BpeTokenizer.Load(Path.GetDirectoryName(path)!);
        _differences = new Differences(name, _tokenizer);
    }

    private ReadOnlySpan<string> Documents => _texts.AsSpan(_hostile.Length);

    /// <summary>Compares all there is and fails with everything that differs.</summary>
    /// <param name="name">What the file is called in messages.</param>
    /// <param name="path">Where it is.</param>
    /// <param name="isTwin">Whether a part of the documents is enough, since another file has the same vocabulary.</param>
    /// <param name="tell">Receives a line when each part is done.</param>
    public static void Run(string name, string path, bool isTwin, Action<string> tell)
    {
        using TemporaryFolder folder = new();
        FileComparison comparison = new(name, path, isTwin, folder);
        tell($"{comparison._hostile.Length} hostile texts and {comparison._texts.Length - comparison._hostile.Length} documents");
        string savedPath = comparison.MakeFolder("theirs");
        OracleAnswer[] theirs = OracleScript.Ask(OracleKind.Tokenizers, path, comparison._texts, savedPath: savedPath);
        tell($"{theirs.Sum(answer => answer.Ids.Length)} ids of the Rust library");
        int[][] ids = comparison.CompareIds(theirs);
        comparison.CompareDecoding(theirs);
        comparison.CompareStreams();
        tell("ids, decoded texts and streams compared");
        comparison.CompareSaved(ids);
        tell("saved and loaded");
        comparison.CompareTheirReading(theirs);
        tell("read by their libraries what we saved");
        comparison._differences.AssertNone();
    }

    private int[][] CompareIds(OracleAnswer[] theirs)
    {
        int[][] ids = Encode(_tokenizer, _texts);
        _differences.CompareIds("ids are not those of the Rust library", _texts, [.. theirs.Select(answer => answer.Ids)], ids);
        return ids;
    }

    private void CompareDecoding(OracleAnswer[] theirs) =>
        CompareDecoding("decoded texts", theirs, [.. theirs.Select(answer => answer.Decoded)], ids => _tokenizer.Decode(ids));

    private void CompareDecoding(string claim, OracleAnswer[] theirs, string[] expected, Func<int[], string> decode) =>
        _differences.CompareTexts(
            $"{claim} are not those of the Rust library", _texts, [.. theirs.Select(answer => answer.Ids)], expected,
            [.. theirs.Select(answer => decode(answer.Ids))]);

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
        string ours = MakeFolder("ours");
        _tokenizer.Model.Save(Path.GetDirectoryName(ours)!);
        _differences.CompareIds("ids change when the tokenizer is saved and loaded", _texts, ids, Encode(Load(ours), _texts));
        BpeTokenizer theirs = Load(MakeFolder("theirs"));
        _differences.CompareIds("ids change when the Rust library has saved the file", _texts, ids, Encode(theirs, _texts));
    }

    /// <summary>Their libraries must read what we saved as they read the file itself.</summary>
    private void CompareTheirReading(OracleAnswer[] theirs)
    {
        string ours = MakeFolder("ours");
        int[] asked = [.. Enumerable.Range(0, _texts.Length).Where(i => i < _hostile.Length || i % Step == 0)];
        string[] texts = [.. asked.Select(i => _texts[i])];
        CompareReading("Rust", texts, [.. asked.Select(i => theirs[i].Ids)], Ask(OracleKind.Tokenizers, ours, texts));
        string[] some = EveryFourth(_hostile);
        CompareReading("JavaScript", some, Ask(OracleKind.JavaScript, _path, some), Ask(OracleKind.JavaScript, ours, some));
    }

    private void CompareReading(string library, string[] texts, int[][] ofFile, int[][] ofOurs) =>
        _differences.CompareIds($"ids of the {library} library are others for the file that we saved", texts, ofFile, ofOurs);

    private static int[][] Ask(OracleKind kind, string path, string[] texts) =>
        [.. OracleScript.Ask(kind, path, texts, idsAlone: true).Select(answer => answer.Ids)];

    private static string[] EveryFourth(IReadOnlyList<string> texts) => [.. texts.Where((_, i) => i % Step == 0)];

    private static int[][] Encode(BpeTokenizer tokenizer, string[] texts) =>
        [.. texts.Select(text => tokenizer.Encode(text, SpecialTokenHandling.Allow))];

    private static BpeTokenizer Load(string path) => BpeTokenizer.Load(Path.GetDirectoryName(path)!);

    /// <summary>The path of a <c>tokenizer.json</c> in a folder of its own, which is there afterwards.</summary>
    private string MakeFolder(string name) => Path.Combine(Directory.CreateDirectory(_folder.File(name)).FullName, "tokenizer.json");

    private static string[] AddedTokens(string path)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(path));
        return json.RootElement.TryGetProperty("added_tokens", out JsonElement tokens)
            ? [.. tokens.EnumerateArray().Select(token => token.GetProperty("content").GetString()!)]
            : [];
    }
}
