namespace Cs336.Inference;

/// <summary>A part of a job of <see cref="WorkerPool"/>.</summary>
/// <param name="worker">Which of the pool's threads runs it, 0 to the thread count - 1: an index to memory of its own.</param>
/// <param name="begin">The first item.</param>
/// <param name="end">The item after the last.</param>
internal delegate void ChunkJob(int worker, int begin, int end);
