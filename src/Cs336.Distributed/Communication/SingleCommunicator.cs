namespace Cs336.Distributed;

/// <summary>The engine of a process that is alone: nothing is exchanged, and no library is loaded.</summary>
public sealed class SingleCommunicator : ICommunicator
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public string Engine => "one process";

    /// <inheritdoc/>
    public void AllReduce(ElementBuffer buffer) => BufferChecks.RequireSummable(buffer);

    /// <inheritdoc/>
    public void AllGather(ElementBuffer own, ElementBuffer all)
    {
        BufferChecks.RequireParts(all, own, Size);
        own.CopyTo(all);
    }

    /// <inheritdoc/>
    public void ReduceScatter(ElementBuffer all, ElementBuffer own)
    {
        BufferChecks.RequireSummable(all);
        BufferChecks.RequireParts(all, own, Size);
        all.CopyTo(own);
    }

    /// <inheritdoc/>
    public void Broadcast(ElementBuffer buffer, int root = 0) => BufferChecks.RequireRank(root, Size);

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    public void Complete()
    {
    }

    /// <inheritdoc/>
    public void Abort(string reason) => throw new InvalidOperationException(reason);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
