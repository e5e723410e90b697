namespace Cs336.Training;

/// <summary>Size and checksum of one file of a checkpoint.</summary>
internal sealed record CheckpointManifestEntry(long Bytes, string Sha256);
