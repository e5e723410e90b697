namespace Cs336.Training;

/// <summary>What a checkpoint consists of, so that damage is found before any of it is used.</summary>
internal sealed record CheckpointManifest(int FormatVersion, long Step, Dictionary<string, CheckpointManifestEntry> Parts)
{
    /// <summary>The version that this library writes.</summary>
    public const int CurrentVersion = 1;
}
