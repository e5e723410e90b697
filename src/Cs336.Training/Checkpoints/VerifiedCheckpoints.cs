using System.Security.Cryptography;
using System.Text.Json;

namespace Cs336.Training;

/// <summary>Adds to any store a manifest with the SHA-256 of every part, written last, and checks it before anything is read.</summary>
internal sealed class VerifiedCheckpoints(ICheckpointStore store)
{
    /// <summary>Saves parts and their manifest.</summary>
    public void Save(long step, IReadOnlyList<CheckpointPart> parts)
    {
        Dictionary<string, CheckpointManifestEntry> entries = [];
        List<CheckpointPart> all = [.. parts.Select(part => part with { WriteTo = stream => entries[part.Name] = WriteHashed(part, stream) })];
        all.Add(new CheckpointPart(CheckpointManifest.Name, stream =>
            JsonSerializer.Serialize(stream, new CheckpointManifest(CheckpointManifest.CurrentVersion, step, entries), TrainingJson.Default.CheckpointManifest)));
        store.SaveAsync(step, all).GetAwaiter().GetResult();
    }

    /// <summary>The steps of all checkpoints, ascending, whole or not.</summary>
    public IReadOnlyList<long> List() => store.ListAsync().GetAwaiter().GetResult();

    public void Delete(long step) => store.DeleteAsync(step).GetAwaiter().GetResult();

    /// <summary>Opens a part of a checkpoint that has been found whole.</summary>
    public Stream OpenRead(long step, string part) => store.OpenReadAsync(step, part).GetAwaiter().GetResult();

    /// <summary>The newest checkpoint that is whole; null where there is none.</summary>
    /// <param name="warnings">Is given one sentence for each newer one that is not.</param>
    public CheckpointManifest? FindNewest(List<string> warnings)
    {
        foreach (long step in List().Reverse())
        {
            if (FindDamage(step, out CheckpointManifest? manifest) is not string damage) return manifest;
            warnings.Add($"The checkpoint of step {step} is not used: {damage}.");
        }
        return null;
    }

    /// <summary>What is wrong with a checkpoint, or null where every part is there and as it was written.</summary>
    public string? FindDamage(long step, out CheckpointManifest? manifest)
    {
        manifest = null;
        try
        {
            using (Stream stream = OpenRead(step, CheckpointManifest.Name))
                manifest = JsonSerializer.Deserialize(stream, TrainingJson.Default.CheckpointManifest);
            if (manifest is not { Parts: not null }) return $"{CheckpointManifest.Name} is empty";
            if (manifest.FormatVersion is < CheckpointManifest.OldestVersion or > CheckpointManifest.CurrentVersion)
                return $"its format version is {manifest.FormatVersion}, this library reads {CheckpointManifest.OldestVersion} to {CheckpointManifest.CurrentVersion}";
            if (manifest.Step != step) return $"{CheckpointManifest.Name} is that of step {manifest.Step}";
            foreach (string required in manifest.RequiredParts())
                if (!manifest.Parts.ContainsKey(required)) return $"it has no {required}";
            foreach ((string name, CheckpointManifestEntry expected) in manifest.Parts)
            {
                using Stream stream = OpenRead(step, name);
                if (stream.CanSeek && stream.Length != expected.Bytes) return $"{name} is damaged: it has {stream.Length} bytes, {expected.Bytes} were written";
                string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
                if (sha256 != expected.Sha256) return $"{name} is damaged: its SHA-256 is {sha256}, {expected.Sha256} was written";
            }
            return null;
        }
        catch (Exception exception) when (exception is IOException or JsonException or UnauthorizedAccessException or ArgumentException)
        {
            return exception.Message.TrimEnd('.');
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
