using System.Globalization;
using System.Text;
using Cs336.Inference;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// Where a run keeps its files, whoever began it: the command line, a host or a program. All can be read while the run goes on and after
/// a crash.
/// </summary>
public sealed class RunDirectory
{
    internal const string NullCharacterProblem = "directory holds the character 0, which no folder's name has: name a folder.";

    /// <summary>Names a run's folder; nothing is touched on the disk.</summary>
    /// <exception cref="ArgumentException">The path is empty or holds a character that no folder's name has.</exception>
    public RunDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (path.Contains(RunConfig.NullCharacter)) throw new ArgumentException(NullCharacterProblem);
        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
    }

    /// <summary>The folder itself, in which TensorBoard's event files are.</summary>
    public string Path { get; }

    /// <summary>The run's configuration, <c>config.json</c>.</summary>
    public string Config => Inside(RunFiles.Config);

    /// <summary>The metrics of every step, <c>metrics.jsonl</c>.</summary>
    public string Metrics => Inside(RunFiles.Metrics);

    /// <summary>The folder of checkpoints, <c>checkpoints</c>.</summary>
    public string Checkpoints => Inside(RunFiles.Checkpoints);

    /// <summary>What the model told while it learnt, <c>samples.txt</c>.</summary>
    public string Samples => Inside(RunFiles.Samples);

    /// <summary>A picture of the losses, <c>curve.png</c>.</summary>
    public string Curve => Inside(RunFiles.Curve);

    /// <summary>The tokenizer of a run that has one of its own, <c>tokenizer</c>.</summary>
    public string Tokenizer => Inside(RunFiles.Tokenizer);

    /// <summary>The token ids of a run that has them in its folder, <c>tokens.npy</c>.</summary>
    public string Tokens => Inside(RunFiles.Tokens);

    /// <summary>Whether a run was begun here.</summary>
    public bool HoldsRun => File.Exists(Config) || Directory.Exists(Checkpoints);

    internal string Lock => Inside(RunFiles.Lock);

    /// <summary>Makes a folder that nobody else has, <c>prefix1</c> or the next free number, and takes it.</summary>
    /// <param name="parent">Where the numbered folders are; made where it is missing.</param>
    /// <param name="prefix">What stands before the number.</param>
    public static RunLock CreateNumbered(string parent, string prefix)
    {
        Directory.CreateDirectory(parent);
        for (long number = 1 + Numbered(parent, prefix).Select(item => item.Number).LastOrDefault(); ; number++)
            if (RunLock.TryCreate(new RunDirectory(System.IO.Path.Combine(parent,
                string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}")))) is RunLock taken)
                return taken;
    }

    /// <summary>The latest folder of <see cref="CreateNumbered"/> in which a run was begun; null where there is none.</summary>
    /// <param name="parent">Where the numbered folders are.</param>
    /// <param name="prefix">What stands before the number.</param>
    public static RunDirectory? FindNumbered(string parent, string prefix) =>
        Numbered(parent, prefix).Select(item => new RunDirectory(item.Path)).LastOrDefault(run => run.HoldsRun);

    /// <summary>The run's checkpoints.</summary>
    public FileCheckpointStore OpenCheckpoints() => new(Checkpoints);

    /// <summary>
    /// The folder of the newest or the best checkpoint that is whole, in which <c>model.safetensors</c> and its <c>config.json</c>
    /// are.
    /// </summary>
    /// <param name="warnings">Is given one sentence for each checkpoint that was passed over because it is damaged.</param>
    /// <param name="best">Whether the one of the lowest validation loss is asked for.</param>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public string FindModel(ICollection<string> warnings, bool best = false)
    {
        ArgumentNullException.ThrowIfNull(warnings);
        FileCheckpointStore store = OpenCheckpoints();
        CheckpointFinding found = best ? CheckpointReader.FindBest(store) : CheckpointReader.FindNewest(store);
        if (found.Step is not long step)
            throw new InvalidDataException(string.Join(
                " ", [$"{Path} has no checkpoint that is whole: train first, or name another folder.", .. found.Warnings]));
        foreach (string warning in found.Warnings) warnings.Add(warning);
        return store.FolderOf(step);
    }

    /// <summary>
    /// The folder of the tokenizer that the run's data was made with: what its configuration names, or the run's own; null where
    /// there is neither.
    /// </summary>
    public string? FindTokenizer() =>
        (File.Exists(Config) ? ReadConfig().Data.Tokenizer : null) ?? (Directory.Exists(Tokenizer) ? Tokenizer : null);

    /// <summary>
    /// Loads that tokenizer, by the encoding that the configuration names where it is a rank file; null where there is none.
    /// </summary>
    /// <exception cref="InvalidDataException">It is damaged, or cannot be loaded; the message says why.</exception>
    public BpeTokenizer? LoadTokenizer() =>
        (File.Exists(Config) ? ReadConfig().Data.LoadTokenizer() : null)
        ?? (Directory.Exists(Tokenizer) ? BpeTokenizer.Load(Tokenizer) : null);

    /// <summary>What the run was begun with. Paths are whole: those that are written relatively start at the run's folder.</summary>
    /// <param name="warnings">Is given a sentence for everything that a run of an earlier version does not tell; null for nowhere.</param>
    /// <exception cref="InvalidDataException">The folder holds no run, or its configuration is damaged.</exception>
    public RunConfig ReadConfig(ICollection<string>? warnings = null)
    {
        if (!HoldsRun)
            throw new InvalidDataException($"{Path} holds no run: it has neither {RunFiles.Config} nor {RunFiles.Checkpoints}. Begin one, "
                + "or name another folder.");
        RunConfig config = EarlierRuns.IsOne(this) ? EarlierRuns.Read(this, warnings) : RunConfig.Load(Config);
        if (config.Data.FindPathsWithNullCharacter().FirstOrDefault() is string problem)
            throw new InvalidDataException($"{Config}: {problem}");
        if (config.From?.Contains(RunConfig.NullCharacter) == false) config.From = System.IO.Path.GetFullPath(config.From, Path);
        return config with { Directory = Path, Data = config.Data.WithPaths(path => EarlierRuns.Find(this, path, warnings)) };
    }

    /// <summary>
    /// A warning where the metrics tell of steps, for a run that has no checkpoint and so begins anew: it was killed before its first one,
    /// or its checkpoints were removed, and nothing in the folder says which. Null where no step is told of.
    /// </summary>
    internal string? FindLostSteps()
    {
        try
        {
            if (!File.Exists(Metrics) || JsonLinesMetricSink.Enumerate(Metrics, []).LastOrDefault() is not { Step: > 0 and long steps })
                return null;
            string told = steps == 1 ? "1 step" : string.Create(CultureInfo.InvariantCulture, $"{steps:N0} steps");
            return $"{Path} has no checkpoint to go on from, but its {RunFiles.Metrics} tells of {told}: the run begins anew at step 0, "
                + "and its metrics with it. Where checkpoints were removed, stop it, put them back and resume again, "
                + "or begin in another folder.";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // the sink, which opens the file next, tells that it cannot be read
        }
    }

    /// <summary>
    /// Writes what the run goes on with. Files in the run's folder are named from there, so that the folder can be moved; others by
    /// their whole path.
    /// </summary>
    internal void WriteConfig(RunConfig config)
    {
        string? from = config.From is null ? null : Shorten(config.From);
        string text = (config with { From = from, Data = config.Data.WithPaths(Shorten) }).ToJson() + "\n";
        if (File.Exists(Config) && File.ReadAllText(Config) == text) return;
        using AtomicFile file = new(Config);
        file.Stream.Write(Encoding.UTF8.GetBytes(text));
        file.Commit();
    }

    /// <summary>A path from the run's folder where it lies in it, else the whole path.</summary>
    private string Shorten(string path)
    {
        string relative = System.IO.Path.GetRelativePath(Path, System.IO.Path.GetFullPath(path));
        bool isOutside = System.IO.Path.IsPathRooted(relative) || relative.Split(System.IO.Path.DirectorySeparatorChar)[0] == "..";
        // Windows takes a slash too, and so the folder can go to another system.
        return isOutside ? System.IO.Path.GetFullPath(path) : relative.Replace(System.IO.Path.DirectorySeparatorChar, '/');
    }

    private static IEnumerable<(long Number, string Path)> Numbered(string parent, string prefix) => !Directory.Exists(parent) ? [] :
        Directory.EnumerateDirectories(parent, prefix + "*")
            .Select(path => (Number: long.TryParse(System.IO.Path.GetFileName(path).AsSpan(prefix.Length), NumberStyles.None,
                CultureInfo.InvariantCulture, out long number) && number < long.MaxValue ? number : 0, path))
            .Where(item => item.Number > 0).OrderBy(item => item.Number);

    private string Inside(string name) => System.IO.Path.Combine(Path, name);
}
