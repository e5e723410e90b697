using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Long vectors cut into blocks that as many threads as libtorch uses share. What is computed block by block does not depend
/// on the number of threads.
/// </summary>
internal static class ParallelBlocks
{
    /// <summary>Elements per block: 128 KB of float32, enough to make up for handing it out.</summary>
    public const int Size = 32_768;

    /// <summary>Number of blocks that vectors of these lengths make.</summary>
    public static int Count(IReadOnlyList<long> lengths) => (int)lengths.Sum(BlocksOf);

    /// <summary>Does something to each block, in no particular order.</summary>
    /// <param name="lengths">Lengths of the vectors.</param>
    /// <param name="body">Told the block's number, and the vector, start and length that it covers.</param>
    public static void ForEach(IReadOnlyList<long> lengths, Action<int, int, long, int> body)
    {
        (int Vector, long Start)[] blocks = new (int, long)[Count(lengths)];
        int next = 0;
        for (int vector = 0; vector < lengths.Count; vector++)
            for (long start = 0; start < lengths[vector]; start += Size) blocks[next++] = (vector, start);
        Share(blocks.Length, (from, to) =>
        {
            for (int i = from; i < to; i++)
            {
                (int vector, long start) = blocks[i];
                body(i, vector, start, (int)Math.Min(Size, lengths[vector] - start));
            }
        });
    }

    /// <summary>Gives each thread a range of consecutive items.</summary>
    /// <param name="count">How many items there are.</param>
    /// <param name="body">Called with the first index of a range and the one after its last.</param>
    public static void Share(int count, Action<int, int> body)
    {
        int threads = Math.Min(get_num_threads(), count);
        if (threads <= 1) body(0, count);
        else Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads },
            thread => body((int)((long)count * thread / threads), (int)((long)count * (thread + 1) / threads)));
    }

    private static long BlocksOf(long length) => (length + Size - 1) / Size;
}
