using System.Security.Cryptography;
using System.Text.Json;
using Cs336.Json;

namespace Cs336.Training;

/// <summary>Adds to any store a manifest with the SHA-256 of every file, written last, and checks it before anything is read.</summary>
internal sealed class VerifiedCheckpoints(ICheckpointStore store)
{
    /// <summary>Saves files and their manifest.</summary>
    /// <param name="files">What it consists of.</param>
    /// <param name="bestStep">The checkpoint of the best model so far; null where that is not known.</param>
    public void Save(long step, IReadOnlyList<CheckpointFile> files, long? bestStep)
    {
        Dictionary<string, CheckpointManifestEntry> entries = [];
        List<CheckpointFile> all =
            [.. files.Select(file => file with { WriteTo = stream => entries[file.Name] = WriteHashed(file, stream) })];
        all.Add(new CheckpointFile(CheckpointManifest.Name, stream => JsonSerializer.Serialize(
            stream, new CheckpointManifest(CheckpointManifest.CurrentVersion, step, entries) { BestStep = bestStep }.Sealed(),
            CheckpointJson.Default.CheckpointManifest)));
        store.SaveAsync(step, all).GetAwaiter().GetResult();
    }

    /// <summary>The steps of all checkpoints, ascending, whole or not.</summary>
    public IReadOnlyList<long> List() => store.ListAsync().GetAwaiter().GetResult();

    public void Delete(long step) => store.DeleteAsync(step).GetAwaiter().GetResult();

    /// <summary>Opens a file of a checkpoint that has been found whole.</summary>
    public Stream OpenRead(long step, string file) => store.OpenReadAsync(step, file).GetAwaiter().GetResult();

    /// <summary>Opens a file after it has been looked at: it is as it was written.</summary>
    /// <exception cref="FileNotFoundException">There is no such checkpoint, or it has no such file.</exception>
    /// <exception cref="InvalidDataException">The file or the manifest is damaged.</exception>
    public Stream OpenVerified(long step, string file)
    {
        CheckpointManifest manifest = ReadManifest(step);
        string? damage = manifest.FindDamage(step);
        if (damage is null && !manifest.Files.ContainsKey(file))
            throw new FileNotFoundException($"The checkpoint of step {step} has no file '{file}'; it has "
                + $"{string.Join(", ", manifest.Files.Keys)}.", file);
        damage ??= FindDamage(step, file, manifest.Files[file]);
        return damage is null ? OpenRead(step, file) : throw new InvalidDataException(
            $"The checkpoint of step {step} cannot be used: {damage}.");
    }

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

    /// <summary>What is wrong with a checkpoint, or null where every file is there and as it was written.</summary>
    public string? FindDamage(long step, out CheckpointManifest? manifest)
    {
        manifest = null;
        try
        {
            CheckpointManifest found = manifest = ReadManifest(step);
            return found.FindDamage(step) ?? found.Files.Select(file => FindDamage(step, file.Key, file.Value))
                .FirstOrDefault(damage => damage is not null);
        }
        catch (Exception exception)
            when (exception is IOException or InvalidDataException or UnauthorizedAccessException or ArgumentException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    /// <exception cref="InvalidDataException">The file is no manifest.</exception>
    private CheckpointManifest ReadManifest(long step)
    {
        using Stream stream = OpenRead(step, CheckpointManifest.Name);
        try
        {
            return JsonSerializer.Deserialize(stream, CheckpointJson.Default.CheckpointManifest) is { Files: not null } manifest
                && !manifest.Files.ContainsValue(null!)
                ? manifest : throw new InvalidDataException($"{CheckpointManifest.Name} is empty.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{CheckpointManifest.Name} is damaged: {JsonMessage.Of(exception)}", exception);
        }
    }

    private string? FindDamage(long step, string file, CheckpointManifestEntry expected)
    {
        using Stream stream = OpenRead(step, file);
        if (stream.CanSeek && stream.Length != expected.Bytes)
            return $"{file} is damaged: it has {stream.Length} bytes, {expected.Bytes} were written";
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        return sha256 == expected.Sha256 ? null : $"{file} is damaged: its SHA-256 is {sha256}, {expected.Sha256} was written";
    }

    private static CheckpointManifestEntry WriteHashed(CheckpointFile file, Stream stream)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using HashingStream hashing = new(stream, hash);
        file.WriteTo(hashing);
        return new CheckpointManifestEntry(hashing.Count, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }
}
