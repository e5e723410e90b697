namespace Cs336.Training;

/// <summary>Where a run keeps its files. All can be read while the run goes on and after a crash.</summary>
public sealed class RunDirectory
{
    /// <summary>Names a run's folder; nothing is touched on the disk.</summary>
    /// <param name="path">The folder.</param>
    public RunDirectory(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Path = System.IO.Path.GetFullPath(path);
    }

    /// <summary>The folder itself, in which TensorBoard's event files are.</summary>
    public string Path { get; }

    /// <summary>The run's configuration, <c>config.json</c>.</summary>
    public string Config => Inside("config.json");

    /// <summary>The metrics of every step, <c>metrics.jsonl</c>.</summary>
    public string Metrics => Inside("metrics.jsonl");

    /// <summary>The folder of checkpoints, <c>checkpoints</c>.</summary>
    public string Checkpoints => Inside("checkpoints");

    /// <summary>What the model told while it learnt, <c>samples.txt</c>.</summary>
    public string Samples => Inside("samples.txt");

    /// <summary>Whether a run was begun here.</summary>
    public bool HoldsRun => File.Exists(Config) || Directory.Exists(Checkpoints);

    internal string Lock => Inside(".lock");

    /// <summary>The run's checkpoints.</summary>
    public ICheckpointStore OpenCheckpoints() => new FileCheckpointStore(Checkpoints);

    private string Inside(string name) => System.IO.Path.Combine(Path, name);
}
