using System.Text;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Testing;
using Stories;

namespace Cs336.Cli.Tests.Pages;

/// <summary>
/// The files that pages take as given, made once and so small that a command takes a second: stories, their tokens, a model of three
/// thousand parameters. A page gets a folder with those that it names.
/// </summary>
public sealed class PageFiles : IDisposable
{
    private const string Trained = "runs/small", Imported = "model", Theirs = "llama-folder";

    /// <summary>What each page takes as given; a page without commands that are run is not here.</summary>
    private static readonly Dictionary<string, string[]> Given = new()
    {
        ["README.md"] = [Trained, Theirs, "stories.npy"],
        ["docs/evaluation.md"] =
            [Trained, "valid.txt", "valid.npy", "samples/tasks/stories-choice.jsonl", "samples/tasks/stories-cloze.jsonl"],
        ["docs/faq.md"] = ["run.json", "stories.npy", "tokenizer"],
        ["docs/huggingface.md"] =
        [
            Trained, Imported, Theirs, "valid.npy", "SmolLM2-135M", "stories.txt", "model.safetensors", "model.json", "tokenizer",
        ],
        ["docs/interop.md"] = [Trained, "valid.npy"],
        ["docs/scale.md"] = ["docs_en.txt", "tokenizer"],
        ["docs/tokenizers.md"] =
        [
            "a.txt", "b.txt", "part-0.jsonl.zst", "part-1.jsonl.zst", "tokenizer.model", "stories.txt", "o200k_base.tiktoken",
            "mine.tiktoken",
        ],
        ["docs/training.md"] = [Trained, Imported, "stories.npy", "tokenizer"],
        ["docs/experiments/README.md"] =
        [
            "stories.txt", "shakespeare.txt", "TinyStoriesV2-GPT4-train.txt", "TinyStoriesV2-GPT4-valid.txt", "owt_train.txt",
            "owt_valid.txt",
            "small.json", "ablations.json", "bytes.json", "tinystories.json", "openwebtext.json", "openwebtext-leaderboard.json",
        ],
    };

    private readonly SmallRun _small = new();
    private readonly TemporaryFolder _folder = new();

    public PageFiles()
    {
        CliRun.Of(["train", .. _small.Config, "--output", _small.File("run")]).Succeeded();
        CliRun.Of("export", "--run", _small.File("run"), "--format", "hf", "--output", _small.File("hf")).Succeeded();
        CliRun.Of("import", "--from", _small.File("hf"), "--output", _small.File("model")).Succeeded();
        CliRun.Of("tokenizer", "convert", "--input", _small.File("tk"), "--output", _small.File("tk.tiktoken")).Succeeded();
        WriteWords();
    }

    public void Dispose()
    {
        _small.Dispose();
        _folder.Dispose();
    }

    /// <summary>A folder of its own with what a page takes as given.</summary>
    public string Make(string page)
    {
        string folder = Directory.CreateDirectory(_folder.File(page.Replace('/', '-'))).FullName;
        foreach (string name in Given.GetValueOrDefault(page, [])) Place(name, Path.Combine(folder, name));
        return folder;
    }

    private void Place(string name, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string ofPage = Path.Combine(RepositoryRoot.Path, "docs", "experiments", name);
        string ofRepository = Path.Combine(RepositoryRoot.Path, name);
        if (File.Exists(ofPage)) File.Copy(ofPage, path);
        else if (File.Exists(ofRepository)) File.Copy(ofRepository, path);
        else if (name == "model.json") File.Copy(Path.Combine(_small.File("model"), "config.json"), path);
        else if (name == "tokenizer.model") File.WriteAllBytes(path, SentencePieces.Model);
        else if (name == "run.json") File.WriteAllText(path, ConfigWithData());
        else if (name == "o200k_base.tiktoken") File.WriteAllLines(path, RanksOfO200k());
        else if (name.EndsWith(".jsonl.zst", StringComparison.Ordinal)) Pack(path);
        else CopyAll(_small.File(SourceOf(name)), path);
    }

    /// <summary>
    /// As many tokens as that vocabulary has, because its special tokens have the ids behind them: bytes, pairs and triples of them.
    /// </summary>
    private static IEnumerable<string> RanksOfO200k()
    {
        const int Count = 199_998, Pairs = 256 + 256 * 256;
        for (int rank = 0; rank < Count; rank++)
        {
            byte[] token = rank < 256 ? [(byte)rank] : rank < Pairs ? [(byte)((rank - 256) >> 8), (byte)(rank - 256)]
                : [(byte)((rank - Pairs) >> 16), (byte)((rank - Pairs) >> 8), (byte)(rank - Pairs)];
            yield return $"{Convert.ToBase64String(token)} {rank}";
        }
    }

    /// <summary>Stories, and words enough for a vocabulary of 32,000.</summary>
    private void WriteWords()
    {
        SeededRandom random = new(5);
        StringBuilder text = new(File.ReadAllText(_small.File("text.txt")));
        for (int word = 0; word < 60_000; word++)
        {
            text.Append(' ');
            for (int letter = 0; letter < 6; letter++) text.Append((char)('a' + random.NextInt64(26)));
        }
        File.WriteAllText(_small.File("words.txt"), text.ToString());
    }

    private static string SourceOf(string name) => (name, Path.GetExtension(name)) switch
    {
        ("a.txt" or "b.txt" or "valid.txt", _) => "text.txt",
        (_, ".txt") => "words.txt",
        (_, ".npy") => "ids.npy",
        (_, ".tiktoken") => "tk.tiktoken",
        (_, ".safetensors") => "model/model.safetensors",
        (Trained, _) => "run",
        (Imported, _) => "model",
        ("tokenizer", _) => "tk",
        _ => "hf",
    };

    private string ConfigWithData()
    {
        JsonObject config = JsonNode.Parse(File.ReadAllText(_small.File("config.json")))!.AsObject();
        config["data"] = new JsonObject { ["training"] = "stories.npy", ["tokenizer"] = "tokenizer" };
        return config.ToJsonString();
    }

    private void Pack(string path)
    {
        using ZstdSharp.CompressionStream packing = new(File.Create(path), leaveOpen: false);
        using StreamWriter lines = new(packing);
        foreach (string document in File.ReadAllText(_small.File("text.txt")).Split("<|endoftext|>", StringSplitOptions.RemoveEmptyEntries))
            lines.WriteLine(new JsonObject { ["text"] = document }.ToJsonString());
    }

    private static void CopyAll(string from, string to)
    {
        if (File.Exists(from))
        {
            File.Copy(from, to);
            return;
        }
        Directory.CreateDirectory(to);
        foreach (string path in Directory.EnumerateFileSystemEntries(from)) CopyAll(path, Path.Combine(to, Path.GetFileName(path)));
    }
}
