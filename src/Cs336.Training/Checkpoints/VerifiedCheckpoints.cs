using System.Security.Cryptography;
using System.Text.Json;

namespace Cs336.Training;

/// <summary>Adds to any store a manifest with the SHA-256 of every part, written last, and checks it before anything is read.</summary>
internal sealed class VerifiedCheckpoints(ICheckpointStore store)
{
    private const string ManifestName = "manifest.json";

    /// <summary>Saves parts and their manifest.</summary>
    public void Save(long step, IReadOnlyList<CheckpointPart> parts)
    {
        Dictionary<string, CheckpointManifestEntry> entries = [];
        List<CheckpointPart> all = [.. parts.Select(part => part with { WriteTo = stream => entries[part.Name] = WriteHashed(part, stream) })];
        all.Add(new CheckpointPart(ManifestName, stream =>
            JsonSerializer.Serialize(stream, new CheckpointManifest(CheckpointManifest.CurrentVersion, step, entries), TrainingJson.Default.CheckpointManifest)));
        store.SaveAsync(step, all).GetAwaiter().GetResult();
    }

    /// <summary>The steps of all checkpoints, ascending, whole or not.</summary>
    public IReadOnlyList<long> List() => store.ListAsync().GetAwaiter().GetResult();

    public void Delete(long step) => store.DeleteAsync(step).GetAwaiter().GetResult();

    /// <summary>Opens a part that <see cref="FindDamage"/> has found whole.</summary>
    public Stream OpenRead(long step, string part) => store.OpenReadAsync(step, part).GetAwaiter().GetResult();

    /// <summary>What is wrong with a checkpoint, or null where every part is there and as it was written.</summary>
    public string? FindDamage(long step, IEnumerable<string> requiredParts)
    {
        try
        {
            CheckpointManifest? manifest;
            using (Stream stream = OpenRead(step, ManifestName))
                manifest = JsonSerializer.Deserialize(stream, TrainingJson.Default.CheckpointManifest);
            if (manifest is not { Parts: not null }) return $"{ManifestName} is empty";
            if (manifest.FormatVersion != CheckpointManifest.CurrentVersion) return $"its format version is {manifest.FormatVersion}, this library reads {CheckpointManifest.CurrentVersion}";
            if (manifest.Step != step) return $"{ManifestName} is that of step {manifest.Step}";
            foreach (string required in requiredParts)
                if (!manifest.Parts.ContainsKey(required)) return $"it has no {required}";
            foreach ((string name, CheckpointManifestEntry expected) in manifest.Parts)
            {
                using Stream stream = OpenRead(step, name);
                string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
                if (sha256 != expected.Sha256) return $"{name} is damaged: its SHA-256 is {sha256}, {expected.Sha256} was written";
            }
            return null;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException or ArgumentException)
        {
            return exception.Message;
        }
    }

    private static CheckpointManifestEntry WriteHashed(CheckpointPart part, Stream stream)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using HashingStream hashing = new(stream, hash);
        part.WriteTo(hashing);
        return new CheckpointManifestEntry(hashing.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
