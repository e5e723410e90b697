namespace Cs336.Distributed;

/// <summary>
/// The sum of a piece of all ranks' buffers: it goes out in parts, one to each rank, which adds up what it gets and hands its part of the
/// sum to all. These are the three steps; between them other pieces can be on their way.
/// </summary>
internal sealed unsafe class MpiSum
{
    private readonly MpiLibrary _library;
    private readonly int _rank;
    private readonly ElementBuffer _buffer, _own;
    private readonly long[] _lengths;
    private readonly nint _received;
    private MpiTransfer _transfer;

    /// <summary>Sends the parts out.</summary>
    /// <param name="library">What carries them.</param>
    /// <param name="rank">This rank's number, from 0.</param>
    /// <param name="size">How many ranks there are.</param>
    /// <param name="buffer">What is added up, in place.</param>
    /// <param name="scratch">Of <see cref="ScratchBytes"/>, the sum's own until it is finished.</param>
    public MpiSum(MpiLibrary library, int rank, int size, ElementBuffer buffer, nint scratch)
    {
        (_library, _rank, _buffer, _received) = (library, rank, buffer, scratch);
        long First(int part) => buffer.Count * part / size;
        _own = buffer.Slice(First(rank), First(rank + 1) - First(rank));
        long[] starts = [.. Enumerable.Range(0, size).Select(part => First(part) * buffer.ElementSize)];
        _lengths = [.. Enumerable.Range(0, size).Select(part => (First(part + 1) - First(part)) * buffer.ElementSize)];
        _transfer = MpiTransfer.Exchange(library, buffer.Address, starts, _lengths, scratch, _own.Bytes);
    }

    /// <summary>Bytes of scratch memory for a sum of so many bytes.</summary>
    public static long ScratchBytes(long bytes, int size) => bytes + (long)size * sizeof(double);

    /// <summary>Adds up this rank's part when all have come, and hands it out.</summary>
    public void AddUp(MpiWait wait)
    {
        _transfer.Finish(wait);
        RankOrderSum.Compute(_received, _lengths.Length, _own);
        // A rank may not send from where it receives.
        Buffer.MemoryCopy((void*)_own.Address, (void*)_received, _own.Bytes, _own.Bytes);
        _transfer = MpiTransfer.Gather(_library, _rank, _received, _lengths, _buffer.Address);
    }

    /// <summary>Returns when the whole sum is here.</summary>
    public void Finish(MpiWait wait) => _transfer.Finish(wait);
}
