namespace Cs336.Distributed;

/// <summary>
/// An engine by which processes exchange elements of memory. They are numbered from 0: their rank. Each calls the same members in the same
/// order, and a call returns when its part is done; members may be called from any thread, and take turns.
/// </summary>
/// <remarks>Sums are added up in an order that the number of ranks determines, and every rank gets the same bits.</remarks>
public interface ICommunicator : IDisposable
{
    /// <summary>The number of this process.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>What carries the elements, with its version.</summary>
    string Engine { get; }

    /// <summary>Adds up buffers element by element, in place: all ranks have the sums.</summary>
    void AllReduce(ElementBuffer buffer);

    /// <summary>Joins buffers: all ranks have those of all.</summary>
    /// <param name="own">This rank's.</param>
    /// <param name="all">Is filled, that of rank 0 first: <see cref="Size"/> times as many elements.</param>
    void AllGather(ElementBuffer own, ElementBuffer all);

    /// <summary>Adds up buffers element by element: each rank has its part of the sums.</summary>
    /// <param name="all">What is added up.</param>
    /// <param name="own">Is filled with this rank's part: one <see cref="Size"/>th as many elements.</param>
    void ReduceScatter(ElementBuffer all, ElementBuffer own);

    /// <summary>Fills the buffers of all ranks with what it is on one of them.</summary>
    /// <param name="buffer">Of as many elements on every rank.</param>
    /// <param name="root">Whose is handed out.</param>
    void Broadcast(ElementBuffer buffer, int root = 0);

    /// <summary>Returns when all ranks have come.</summary>
    void Barrier();

    /// <summary>Takes note that this rank has done all of its work, so that disposing waits for the others to have done theirs.</summary>
    void Complete();

    /// <summary>Ends the processes of all ranks, this one too; tells why on the standard error stream.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    void Abort(string reason);
}
