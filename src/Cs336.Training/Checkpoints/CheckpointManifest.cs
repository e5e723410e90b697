namespace Cs336.Training;

/// <summary>What a checkpoint consists of, so that damage is found before any of it is used.</summary>
internal sealed record CheckpointManifest(int FormatVersion, long Step, Dictionary<string, CheckpointManifestEntry> Parts)
{
    /// <summary>The version that this library writes.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The oldest version that this library reads.</summary>
    public const int OldestVersion = 1;

    public const string Name = "manifest.json";
    public const string ModelPart = "model.safetensors";
    public const string OptimizerPart = "optimizer.safetensors";
    public const string ConfigPart = "config.json";
    public const string StatePart = "trainer.json";

    /// <summary>State of libtorch's own generator; since version 2.</summary>
    public const string TorchRandomPart = "torch-random.bin";

    /// <summary>What a checkpoint of this version must have.</summary>
    public IReadOnlyList<string> RequiredParts() => FormatVersion < 2
        ? [ModelPart, OptimizerPart, ConfigPart, StatePart]
        : [ModelPart, OptimizerPart, ConfigPart, StatePart, TorchRandomPart];
}
