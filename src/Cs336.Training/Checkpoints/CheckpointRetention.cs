namespace Cs336.Training;

/// <summary>Which checkpoints stay when a new one is saved.</summary>
/// <param name="Latest">How many of the latest.</param>
/// <param name="Best">One that stays besides; null for none.</param>
internal readonly record struct CheckpointRetention(int Latest, long? Best);
