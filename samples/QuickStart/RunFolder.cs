using System.Text.Json;
using Cs336.Training;

namespace QuickStart;

/// <summary>
/// Where a run keeps its files: a <see cref="RunDirectory"/>, which <c>cs336</c> reads too, and the text it learns from. Each new run gets
/// a folder of its own, so that nothing of an earlier one is ever touched; a run that ends before its first checkpoint leaves none. All
/// files can be read while the run goes on.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string Runs = "runs";
    private const string Prefix = "quickstart-";
    private readonly bool _isNew;

    private RunFolder(RunLock taken, bool isNew)
    {
        Lock = taken;
        _isNew = isNew;
    }

    /// <summary>Keeps other programs out of the folder.</summary>
    public RunLock Lock { get; }

    /// <summary>The folder, from the current one where it lies there.</summary>
    public string Path => Relative(Lock.Directory.Path);
    public string Corpus => System.IO.Path.Combine(Path, "corpus.txt");
    public string Tokenizer => Relative(Lock.Directory.Tokenizer);
    public string Tokens => Relative(Lock.Directory.Tokens);
    public string Checkpoints => Relative(Lock.Directory.Checkpoints);
    public string Metrics => Relative(Lock.Directory.Metrics);
    public string Curve => Relative(Lock.Directory.Curve);
    public string Samples => Relative(Lock.Directory.Samples);
    private string BegunWith => System.IO.Path.Combine(Path, "arguments.json");

    /// <summary>Makes a new run's folder, or finds that of the run to go on with.</summary>
    public static RunFolder Open(Arguments arguments)
    {
        if (arguments.Resume)
        {
            RunDirectory directory = arguments.Run is string path ? new RunDirectory(path) : RunDirectory.FindNumbered(Runs, Prefix)
                ?? throw new InvalidOperationException($"There is no run in the folder {Runs} to go on with: start without --resume.");
            if (!directory.HoldsRun)
                throw new InvalidOperationException($"{Relative(directory.Path)} holds no run to go on with: start without --resume.");
            RunFolder run = new(RunLock.Take(directory), isNew: false);
            if (File.Exists(run.BegunWith)) return run;
            run.Dispose();
            throw new InvalidOperationException(
                $"{run.Path} holds a run that another program began: go on with it by cs336 train --output \"{run.Path}\" --resume.");
        }
        if (arguments.Run is null) return new RunFolder(RunDirectory.CreateNumbered(Runs, Prefix), isNew: true);
        if (Directory.Exists(arguments.Run) && Directory.EnumerateFileSystemEntries(arguments.Run).Any())
            throw new InvalidOperationException(
                $"{arguments.Run} already holds files: go on with the run there by --resume, or name another folder.");
        return new RunFolder(RunLock.Take(new RunDirectory(arguments.Run)), isNew: true);
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

    /// <summary>Lets go of the folder. Where no checkpoint was made, takes away what was; what others put there stays.</summary>
    public void Dispose()
    {
        if (_isNew && !Directory.Exists(Checkpoints)) Lock.Abandon(BegunWith, Corpus, Tokenizer, Tokens, Metrics, Lock.Directory.Config);
        else Lock.Dispose();
    }

    private static string Relative(string path)
    {
        string relative = System.IO.Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
