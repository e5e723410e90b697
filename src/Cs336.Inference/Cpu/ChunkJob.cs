namespace Cs336.Inference;

/// <summary>What a job of <see cref="WorkerPool"/> does with a chunk of its items.</summary>
/// <param name="worker">Which of the pool's threads runs it, 0 to the thread count - 1: the index of memory that only this thread
/// uses.</param>
/// <param name="begin">The first item of the chunk.</param>
/// <param name="end">The item after the last.</param>
internal delegate void ChunkJob(int worker, int begin, int end);
