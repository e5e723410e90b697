namespace Cs336.Distributed;

/// <summary>
/// Ranks that MPI joins, on one machine or many, through buffers in main memory. Every call is begun and then asked after, so that
/// a rank that does not come is found and named after <see cref="Timeout"/> instead of waited for without end.
/// </summary>
/// <remarks>
/// A sum goes out in parts, one to each rank, which adds up what it gets from all in the order of ranks and hands its part of the sums to
/// all: as many bytes as the best algorithms of libraries send, and the same result with each of them.
/// </remarks>
public sealed unsafe class MpiCommunicator : ICommunicator
{
    /// <summary>The most bytes of a call; what is longer goes in several calls, so that scratch memory stays small.</summary>
    private const long MaxBytes = 16 << 20;

    /// <summary>Bytes of a piece of a sum: at least the former, and at least the latter for each rank.</summary>
    private const long SmallestPiece = 1 << 20, PartBytes = 256 << 10;

    /// <summary>Up to so many bytes of all ranks together, each rank is sent everything at once.</summary>
    private const long SmallBytes = 64 << 10;

    private readonly MpiLibrary _library;
    private readonly MpiWait _wait;
    private readonly Lock _lock = new();
    private NativeMemoryBlock _scratch = new(0);
    private bool _isComplete, _isDisposed;

    private MpiCommunicator(MpiLibrary library, string engine, int rank, int size, TimeSpan timeout)
    {
        (_library, Engine, Rank, Size) = (library, engine, rank, size);
        _wait = new MpiWait(library, rank, size, Abort) { Timeout = timeout };
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public string Engine { get; }

    /// <summary>How long a rank is waited for before the job ends with its name; the same on every rank.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not above 0.</exception>
    public TimeSpan Timeout
    {
        get => _wait.Timeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            lock (_lock) _wait.Timeout = value;
        }
    }

    /// <summary>Joins the processes that a launcher of MPI has started.</summary>
    /// <param name="launched">What the launcher says; null for what the environment variables do.</param>
    /// <param name="timeout">How long a rank is waited for; null for the seconds in <c>CS336_RANK_TIMEOUT</c>, or ten minutes.</param>
    /// <exception cref="CommunicationException">There is no library of MPI, or the launcher cannot join processes with it.</exception>
    public static MpiCommunicator Join(LaunchedRank? launched = null, TimeSpan? timeout = null)
    {
        launched ??= LaunchedRank.Find();
        TimeSpan allowed = timeout ?? RankTimeout.Find();
        if (allowed <= TimeSpan.Zero) throw new ArgumentOutOfRangeException(nameof(timeout), timeout, "The time must be above 0.");
        MpiLibrary library = null!;
        NativeCalls.KeepingSignals(() =>
        {
            library = MpiLibrary.Load(launched);
            library.Begin();
        });
        (int rank, int size) = library.Place();
        if (launched?.Size is int expected && size != expected)
            throw new CommunicationException($"{launched.Launcher} has started {expected} processes, but {library.Version()} "
                + $"({library.Name}) joins {size}: use the launcher of this library (mpirun of the same package, or srun --mpi=pmix or "
                + "pmi2), or set CS336_MPI to the library of the launcher.");
        return new MpiCommunicator(library, library.Version(), rank, size, allowed);
    }

    /// <inheritdoc/>
    public void AllReduce(ElementBuffer buffer)
    {
        BufferChecks.RequireSummable(buffer);
        lock (_lock)
        {
            if (buffer.Bytes * Size <= SmallBytes) AddUpSmall(buffer);
            else AddUp(buffer);
        }
    }

    /// <inheritdoc/>
    public void AllGather(ElementBuffer own, ElementBuffer all)
    {
        BufferChecks.RequireParts(all, own, Size);
        lock (_lock)
        {
            nint target = all.Address;
            long most = MaxBytes / own.ElementSize;
            if (own.Count <= most) Gather(own.Address, All(own.Bytes), target);
            else for (int root = 0; root < Size; root++)
            {
                ElementBuffer part = all.Slice(root * own.Count, own.Count);
                if (root == Rank) own.CopyTo(part);
                Send(part, root);
            }
        }
    }

    /// <inheritdoc/>
    public void ReduceScatter(ElementBuffer all, ElementBuffer own)
    {
        BufferChecks.RequireSummable(all);
        BufferChecks.RequireParts(all, own, Size);
        lock (_lock)
        {
            long most = MaxBytes / own.ElementSize / Size + 1;
            for (long start = 0; start < own.Count; start += most)
            {
                long count = Math.Min(most, own.Count - start), bytes = count * own.ElementSize;
                nint received = Scratch(bytes * Size);
                long[] starts = [.. Enumerable.Range(0, Size).Select(rank => (rank * own.Count + start) * own.ElementSize)];
                Exchange(all.Address, starts, All(bytes), received, bytes);
                RankOrderSum.Compute(received, Size, own.Slice(start, count));
            }
        }
    }

    /// <inheritdoc/>
    public void Broadcast(ElementBuffer buffer, int root = 0)
    {
        BufferChecks.RequireRank(root, Size);
        lock (_lock) Send(buffer, root);
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        lock (_lock)
        {
            nint request;
            _library.Require(_library.Barrier(_library.World, &request), "MPI_Ibarrier");
            _wait.For(&request);
        }
    }

    /// <inheritdoc/>
    public void Complete() => _isComplete = true;

    /// <inheritdoc/>
    public void Abort(string reason)
    {
        this.WriteAbort(reason);
        _library.Abort(1);
        Environment.Exit(1); // a library that returns from it has told the launcher
    }

    /// <summary>
    /// Leaves the job: after <see cref="Complete"/> it waits until all ranks are done; without it the launcher has to end the others, which
    /// find this rank gone.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_isComplete)
            {
                Barrier(); // in here a rank that does not come is found; in MPI_Finalize it would not be
                _wait.Dispose();
                _library.End();
            }
            _scratch.Dispose();
        }
    }

    private void AddUpSmall(ElementBuffer buffer)
    {
        nint all = Scratch(buffer.Bytes * Size);
        Gather(buffer.Address, All(buffer.Bytes), all);
        RankOrderSum.Compute(all, Size, buffer);
    }

    /// <summary>
    /// Piece by piece: while one is on its way out, the one before is added up, and the sums of the one before that come back, so that
    /// the network has something to do all the time.
    /// </summary>
    private void AddUp(ElementBuffer buffer)
    {
        const int Alive = 3;
        long bytes = Math.Clamp(Size * PartBytes, SmallestPiece, MaxBytes), room = MpiSum.ScratchBytes(bytes, Size);
        long most = bytes / buffer.ElementSize, pieces = (buffer.Count + most - 1) / most;
        nint scratch = Scratch(Math.Min(Alive, pieces) * room);
        MpiSum[] sums = new MpiSum[Alive];
        for (long piece = 0; piece < pieces + Alive - 1; piece++)
        {
            if (piece < pieces)
            {
                ElementBuffer part = buffer.Slice(piece * most, Math.Min(most, buffer.Count - piece * most));
                sums[piece % Alive] = new MpiSum(_library, Rank, Size, part, scratch + (nint)(piece % Alive * room));
            }
            if (piece >= 1 && piece <= pieces) sums[(piece - 1) % Alive].AddUp(_wait);
            if (piece >= 2) sums[(piece - 2) % Alive].Finish(_wait);
        }
    }

    private void Exchange(nint from, long[] starts, long[] lengths, nint to, long received) =>
        MpiTransfer.Exchange(_library, from, starts, lengths, to, received).Finish(_wait);

    private void Gather(nint own, long[] lengths, nint all) => MpiTransfer.Gather(_library, Rank, own, lengths, all).Finish(_wait);

    private void Send(ElementBuffer buffer, int root)
    {
        long most = MaxBytes / buffer.ElementSize;
        for (long start = 0; start < buffer.Count; start += most)
        {
            ElementBuffer part = buffer.Slice(start, Math.Min(most, buffer.Count - start));
            nint request;
            _library.Require(_library.Broadcast((void*)part.Address, (int)part.Bytes, _library.Byte, root, _library.World, &request),
                "MPI_Ibcast");
            _wait.For(&request);
        }
    }

    private long[] All(long bytes) => [.. Enumerable.Repeat(bytes, Size)];

    private nint Scratch(long bytes)
    {
        if (_scratch.Bytes < bytes)
        {
            _scratch.Dispose();
            _scratch = new NativeMemoryBlock(bytes);
        }
        return _scratch.Address;
    }
}
