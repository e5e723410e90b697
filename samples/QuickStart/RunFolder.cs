using System.Globalization;
using System.Text.Json;

namespace QuickStart;

/// <summary>
/// Where a run keeps its files. Each new run gets a folder of its own, so that nothing of an earlier one is ever touched;
/// a run that ends before its first checkpoint leaves none. All files can be read while the run goes on.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string Runs = "runs";
    private const string Prefix = "quickstart-";
    private readonly bool _isNew;

    private RunFolder(string path, bool isNew)
    {
        Path = path;
        _isNew = isNew;
    }

    public string Path { get; }
    public string Corpus => Inside("corpus.txt");
    public string Tokenizer => Inside("tokenizer");
    public string Tokens => Inside("tokens.npy");
    public string Config => Inside("config.json");
    public string Checkpoints => Inside("checkpoints");
    public string Metrics => Inside("metrics.jsonl");
    public string Curve => Inside("curve.png");
    public string Samples => Inside("samples.txt");
    private string BegunWith => Inside("arguments.json");

    /// <summary>Makes a new run's folder, or finds that of the run to go on with.</summary>
    public static RunFolder Open(Arguments arguments)
    {
        if (arguments.Resume)
        {
            string path = arguments.Run ?? Numbered().Where(run => Directory.Exists(new RunFolder(run, false).Checkpoints)).LastOrDefault()
                ?? throw new InvalidOperationException($"There is no run in the folder {Runs} to go on with: start without --resume.");
            RunFolder run = new(path, isNew: false);
            if (!File.Exists(run.BegunWith) || !Directory.Exists(run.Checkpoints))
                throw new InvalidOperationException($"{path} holds no run to go on with: start without --resume.");
            return run;
        }
        string folder = arguments.Run ?? System.IO.Path.Combine(Runs, Prefix + (1 + Numbered().Select(NumberOf).LastOrDefault()));
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            throw new InvalidOperationException($"{folder} already holds files: go on with the run there by --resume, or name another folder.");
        Directory.CreateDirectory(folder);
        return new RunFolder(folder, isNew: true);
    }

    /// <summary>Writes down what a new run was begun with; a resumed one goes on with that.</summary>
    public Arguments Remember(Arguments arguments)
    {
        if (_isNew)
        {
            File.WriteAllText(BegunWith, JsonSerializer.Serialize(arguments, ArgumentsJson.Default.Arguments));
            return arguments;
        }
        Arguments begun = JsonSerializer.Deserialize(File.ReadAllText(BegunWith), ArgumentsJson.Default.Arguments)
            ?? throw new InvalidDataException($"{BegunWith} is empty.");
        return begun with { Resume = true, Prompt = arguments.Prompt ?? begun.Prompt, Check = arguments.Check };
    }

    public void Dispose()
    {
        if (_isNew && !Directory.Exists(Checkpoints)) Directory.Delete(Path, recursive: true);
    }

    private static IEnumerable<string> Numbered() =>
        Directory.Exists(Runs) ? Directory.EnumerateDirectories(Runs, Prefix + "*").Where(run => NumberOf(run) > 0).OrderBy(NumberOf) : [];

    private static int NumberOf(string run) =>
        int.TryParse(System.IO.Path.GetFileName(run)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private string Inside(string name) => System.IO.Path.Combine(Path, name);
}
