using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cs336.Runs;

namespace Cs336.Training;

/// <summary>What a checkpoint consists of, so that damage is found before any of it is used; JSON keeps an older word for files.</summary>
internal sealed record CheckpointManifest(
    int FormatVersion, long Step, [property: JsonPropertyName("parts")] Dictionary<string, CheckpointManifestEntry> Files)
{
    /// <summary>The version that this library writes.</summary>
    public const int CurrentVersion = 3;

    /// <summary>The oldest version that this library reads.</summary>
    public const int OldestVersion = 1;

    public const string Name = "manifest.json";
    public const string ModelFile = RunFiles.Weights;
    public const string OptimizerFile = "optimizer.safetensors";
    public const string TrainerFile = "trainer.json";

    /// <summary>The state of libtorch's own generator; since version 2.</summary>
    public const string TorchRandomFile = "torch-random.bin";

    public const string ConfigFile = RunFiles.Config;

    /// <summary>The checkpoint of the best model so far, where that is known; since version 3.</summary>
    public long? BestStep { get; init; }

    /// <summary>SHA-256 of the manifest without it; since version 3.</summary>
    public string? Sha256 { get; init; }

    /// <summary>
    /// What a checkpoint of this version must have. Up to version 2 only trainers wrote checkpoints; since version 3 there is a
    /// configuration only where the model is a TransformerLM.
    /// </summary>
    public IReadOnlyList<string> RequiredFiles() => FormatVersion switch
    {
        1 => [ModelFile, OptimizerFile, ConfigFile, TrainerFile],
        2 => [ModelFile, OptimizerFile, ConfigFile, TrainerFile, TorchRandomFile],
        _ => [ModelFile],
    };

    /// <summary>This manifest with the checksum of itself.</summary>
    public CheckpointManifest Sealed() => this with { Sha256 = Checksum() };

    /// <summary>What is wrong with the manifest itself, as a clause; null where nothing is.</summary>
    /// <param name="step">The checkpoint that it was found in.</param>
    public string? FindDamage(long step)
    {
        if (FormatVersion is < OldestVersion or > CurrentVersion)
            return $"its format version is {FormatVersion}, this library reads {OldestVersion} to {CurrentVersion}";
        if (Step != step) return $"{Name} is that of step {Step}";
        // Where a flipped bit has made version 3 look like 2, the checksum is still there.
        if ((FormatVersion >= 3 || Sha256 is not null) && Sha256 != Checksum()) return $"{Name} is damaged: its own checksum is another";
        foreach (string required in RequiredFiles())
            if (!Files.ContainsKey(required)) return $"it has no {required}";
        return null;
    }

    private string Checksum() =>
        Convert.ToHexStringLower(SHA256.HashData(
            JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = null }, CheckpointJson.Default.CheckpointManifest)));
}
