namespace Cs336.Distributed;

/// <summary>A call of MPI that has been begun and goes on by itself, with the numbers that the library reads until it is done.</summary>
internal sealed unsafe class MpiTransfer
{
    private readonly int[][] _numbers; // pinned
    private nint _request;

    private MpiTransfer(params int[][] numbers) => _numbers = numbers;

    /// <summary>Begins to send each rank a part of what is here, and to receive its part for this rank.</summary>
    /// <param name="library">What carries it.</param>
    /// <param name="from">What is here; stays as it is until the transfer is done.</param>
    /// <param name="starts">Where the part for each rank begins, in bytes.</param>
    /// <param name="lengths">Bytes of each part.</param>
    /// <param name="to">Is filled with the parts of all ranks, one after the other.</param>
    /// <param name="received">Bytes of each of those.</param>
    public static MpiTransfer Exchange(MpiLibrary library, nint from, long[] starts, long[] lengths, nint to, long received)
    {
        // Displacements are counted in bytes, in 32 bits.
        if (starts[^1] > int.MaxValue) throw new ArgumentException("A buffer to be scattered has at most 2 GB.");
        long[] equal = [.. Enumerable.Repeat(received, lengths.Length)], places = [.. equal.Select((bytes, rank) => bytes * rank)];
        MpiTransfer transfer = new(Pinned(lengths), Pinned(starts), Pinned(equal), Pinned(places));
        nint request;
        library.Require(library.AllToAll((void*)from, transfer.Numbers(0), transfer.Numbers(1), library.Byte,
            (void*)to, transfer.Numbers(2), transfer.Numbers(3), library.Byte, library.World, &request), "MPI_Ialltoallv");
        transfer._request = request;
        return transfer;
    }

    /// <summary>Begins to join what is on each rank, in the order of ranks.</summary>
    /// <param name="library">What carries it.</param>
    /// <param name="rank">This rank's number, from 0.</param>
    /// <param name="own">What is here; stays as it is until the transfer is done.</param>
    /// <param name="lengths">Bytes of each rank.</param>
    /// <param name="all">Is filled with those of all ranks.</param>
    public static MpiTransfer Gather(MpiLibrary library, int rank, nint own, long[] lengths, nint all)
    {
        long[] places = new long[lengths.Length];
        for (int other = 1; other < places.Length; other++) places[other] = places[other - 1] + lengths[other - 1];
        MpiTransfer transfer = new(Pinned(lengths), Pinned(places));
        nint request;
        library.Require(library.AllGather((void*)own, checked((int)lengths[rank]), library.Byte,
            (void*)all, transfer.Numbers(0), transfer.Numbers(1), library.Byte, library.World, &request), "MPI_Iallgatherv");
        transfer._request = request;
        return transfer;
    }

    /// <summary>Returns when it is done.</summary>
    public void Finish(MpiWait wait)
    {
        nint request = _request;
        wait.For(&request);
        GC.KeepAlive(_numbers);
    }

    private static int[] Pinned(long[] values)
    {
        int[] pinned = GC.AllocateUninitializedArray<int>(values.Length, pinned: true);
        for (int i = 0; i < values.Length; i++) pinned[i] = checked((int)values[i]);
        return pinned;
    }

    private int* Numbers(int index) => (int*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_numbers[index], 0);
}
