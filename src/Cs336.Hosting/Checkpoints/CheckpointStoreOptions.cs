namespace Cs336.Hosting;

/// <summary>Where checkpoints are kept.</summary>
public sealed class CheckpointStoreOptions
{
    /// <summary>The folder for checkpoints. Default null: <c>checkpoints</c> in the trainer's run directory.</summary>
    public string? Directory { get; set; }

    internal IReadOnlyList<string> FindProblems() =>
        Directory is not null && string.IsNullOrWhiteSpace(Directory) ? ["CheckpointStoreOptions.Directory is blank: give a folder, or leave it out for the run's own."] : [];
}
