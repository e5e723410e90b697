using System.Diagnostics;
using System.Runtime.InteropServices;
using Cs336.Tokenizers;

namespace Cs336.Distributed;

/// <summary>
/// Ranks that NCCL joins, each with a device of its own, which must be the only one that it sees (<c>CUDA_VISIBLE_DEVICES</c>). Buffers are
/// in main memory, as for every engine, and go by way of the device's.
/// </summary>
/// <remarks>
/// Sums have NCCL's order. This binding was tested against a library that records its calls, and not yet with NCCL itself.
/// </remarks>
public sealed unsafe class NcclCommunicator : ICommunicator
{
    private const int ToDevice = 1, FromDevice = 2, NotReady = 600, Sum = 0;
    private const long MaxBytes = 64 << 20;
    private readonly NcclLibrary _library;
    private readonly Lock _lock = new();
    private readonly TimeSpan _timeout;
    private readonly string? _idFile;
    private nint _communicator, _memory;
    private long _memoryBytes;
    private bool _isComplete, _isDisposed;

    private NcclCommunicator(NcclLibrary library, nint communicator, int rank, int size, TimeSpan timeout, string? idFile)
    {
        (_library, _communicator, Rank, Size, _timeout, _idFile) = (library, communicator, rank, size, timeout, idFile);
        int version = library.Version();
        Engine = $"NCCL {version / 10_000}.{version / 100 % 100}.{version % 100}";
    }

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    public string Engine { get; }

    /// <summary>Joins ranks that find each other by a file.</summary>
    /// <param name="rank">The number of this process.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="idFile">
    /// A file in a folder that all see, of another name for each job; rank 0 writes it and removes it at the end.
    /// </param>
    /// <param name="timeout">How long a rank is waited for; null for the seconds in <c>CS336_RANK_TIMEOUT</c>, or ten minutes.</param>
    /// <exception cref="CommunicationException">There is no NCCL, or the ranks do not find each other.</exception>
    public static NcclCommunicator Join(int rank, int size, string idFile, TimeSpan? timeout = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(idFile);
        BufferChecks.RequireRank(rank, size);
        NcclLibrary library = NcclLibrary.Load();
        TimeSpan allowed = timeout ?? RankTimeout.Find();
        if (rank == 0) NcclIdFile.Write(idFile, Create(library));
        try
        {
            return Join(library, NcclIdFile.Read(idFile, allowed), rank, size, allowed, idFile);
        }
        catch when (rank == 0)
        {
            FileOperations.Delete(idFile); // so that the next job does not find it
            throw;
        }
    }

    /// <summary>Joins ranks that another engine, such as MPI, has joined already.</summary>
    /// <param name="others">That engine; it stays its owner's.</param>
    /// <param name="timeout">How long a rank is waited for; null for the seconds in <c>CS336_RANK_TIMEOUT</c>, or ten minutes.</param>
    /// <exception cref="CommunicationException">There is no NCCL, or the ranks do not find each other.</exception>
    public static NcclCommunicator Join(ICommunicator others, TimeSpan? timeout = null)
    {
        ArgumentNullException.ThrowIfNull(others);
        NcclLibrary library = NcclLibrary.Load();
        byte[] id = others.Rank == 0 ? Create(library) : new byte[NcclId.Length];
        others.Broadcast(id);
        return Join(library, id, others.Rank, others.Size, timeout ?? RankTimeout.Find(), idFile: null);
    }

    /// <inheritdoc/>
    public void AllReduce(ElementBuffer buffer)
    {
        BufferChecks.RequireSummable(buffer);
        InPieces(buffer, part => OnDevice(part, part.Bytes, part, (from, to) => Require(_library.AllReduce(from, to,
            (nuint)part.Count, TypeOf(part), Sum, _communicator, 0), "ncclAllReduce")));
    }

    /// <inheritdoc/>
    public void AllGather(ElementBuffer own, ElementBuffer all)
    {
        BufferChecks.RequireParts(all, own, Size);
        lock (_lock)
            OnDevice(own, all.Bytes, all, (from, to) => Require(_library.AllGather(from, to, (nuint)own.Count, TypeOf(own),
                _communicator, 0), "ncclAllGather"));
    }

    /// <inheritdoc/>
    public void ReduceScatter(ElementBuffer all, ElementBuffer own)
    {
        BufferChecks.RequireSummable(all);
        BufferChecks.RequireParts(all, own, Size);
        lock (_lock)
            OnDevice(all, own.Bytes, own, (from, to) => Require(_library.ReduceScatter(from, to, (nuint)own.Count, TypeOf(own), Sum,
                _communicator, 0), "ncclReduceScatter"));
    }

    /// <inheritdoc/>
    public void Broadcast(ElementBuffer buffer, int root = 0)
    {
        BufferChecks.RequireRank(root, Size);
        InPieces(buffer, part => OnDevice(part, part.Bytes, part, (from, to) => Require(_library.Broadcast(from, to,
            (nuint)part.Count, TypeOf(part), root, _communicator, 0), "ncclBroadcast")));
    }

    /// <inheritdoc/>
    public void Barrier()
    {
        long one = 1; // NCCL has no barrier: a sum is there when all have come
        AllReduce(new ElementBuffer((nint)(&one), 1, ElementType.Int64));
    }

    /// <inheritdoc/>
    public void Complete() => _isComplete = true;

    /// <inheritdoc/>
    public void Abort(string reason)
    {
        this.WriteAbort(reason);
        _library.Abort(_communicator);
        Environment.Exit(1); // the launcher ends the others, or they find that this one does not come
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            if (_isComplete) Barrier();
            if (_memory != 0) _library.Free(_memory);
            if (_isComplete) _library.Destroy(_communicator);
            else _library.Abort(_communicator);
            _communicator = 0;
            if (Rank == 0 && _idFile is not null) FileOperations.Delete(_idFile);
        }
    }

    private static byte[] Create(NcclLibrary library)
    {
        NcclId id;
        library.RequireNccl(library.CreateId(&id), "ncclGetUniqueId");
        return MemoryMarshal.CreateReadOnlySpan(ref *(byte*)&id, NcclId.Length).ToArray();
    }

    private static NcclCommunicator Join(NcclLibrary library, byte[] id, int rank, int size, TimeSpan timeout, string? idFile)
    {
        nint communicator;
        library.RequireNccl(library.Join(&communicator, size, MemoryMarshal.Read<NcclId>(id), rank), "ncclCommInitRank");
        return new NcclCommunicator(library, communicator, rank, size, timeout, idFile);
    }

    private static int TypeOf(ElementBuffer buffer) => buffer.Type switch
    {
        ElementType.Byte => 1,
        ElementType.Int64 => 4,
        ElementType.Float32 => 7,
        ElementType.Float64 => 8,
        _ => 9,
    };

    private void InPieces(ElementBuffer buffer, Action<ElementBuffer> act)
    {
        lock (_lock)
        {
            long most = MaxBytes / buffer.ElementSize;
            for (long start = 0; start < buffer.Count; start += most) act(buffer.Slice(start, Math.Min(most, buffer.Count - start)));
        }
    }

    /// <summary>Copies a buffer to the device, has something done there, and copies what came of it back.</summary>
    private void OnDevice(ElementBuffer from, long resultBytes, ElementBuffer to, Action<nint, nint> act)
    {
        if (from.Bytes + resultBytes == 0) return;
        if (_memoryBytes < from.Bytes + resultBytes)
        {
            if (_memory != 0) NcclLibrary.RequireCuda(_library.Free(_memory), "cudaFree");
            _memoryBytes = from.Bytes + resultBytes;
            nint memory;
            NcclLibrary.RequireCuda(_library.Allocate(&memory, (nuint)_memoryBytes), "cudaMalloc");
            _memory = memory;
        }
        nint sent = _memory, received = _memory + (nint)from.Bytes;
        NcclLibrary.RequireCuda(_library.Copy(sent, from.Address, (nuint)from.Bytes, ToDevice), "cudaMemcpy");
        act(sent, received);
        Wait();
        NcclLibrary.RequireCuda(_library.Copy(to.Address, received, (nuint)resultBytes, FromDevice), "cudaMemcpy");
    }

    private void Wait()
    {
        long began = Stopwatch.GetTimestamp();
        int result;
        while ((result = _library.Query(0)) == NotReady)
        {
            int error;
            Require(_library.FindError(_communicator, &error), "ncclCommGetAsyncError");
            Require(error, "A call of NCCL");
            if (Stopwatch.GetElapsedTime(began) > _timeout)
                Abort($"another rank has not come for {_timeout.TotalSeconds:0.#} s: it hangs, or is slower than that; "
                    + $"{RankTimeout.Variable} sets the seconds.");
            Thread.Yield();
        }
        NcclLibrary.RequireCuda(result, "cudaStreamQuery");
    }

    private void Require(int result, string call) => _library.RequireNccl(result, call);
}
