namespace Cs336.Tokenizers;

/// <summary>A pair as it was counted when it was queued.</summary>
internal readonly record struct QueuedPair(long Count, int Left, int Right);
