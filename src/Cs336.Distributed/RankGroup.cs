using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Distributed;

/// <summary>
/// The ranks of a training over any engine: what <see cref="TrainingRunOptions.Ranks"/> and a <see cref="Trainer"/> are given.
/// </summary>
/// <example>
/// <code>
/// using RankGroup? ranks = RankGroup.OfLauncher(); // null where this process trains alone
/// using TrainingRun run = TrainingRun.Create("runs/small", RunConfig.Load("small.json"), new TrainingRunOptions { Ranks = ranks });
/// run.Train();
/// ranks?.Complete();
/// </code>
/// </example>
public sealed class RankGroup : IRankGroup, IDisposable
{
    private readonly ICommunicator _communicator;
    private readonly SumQueue _sums;

    /// <summary>Makes a group.</summary>
    /// <param name="communicator">The engine, which belongs to the group from now on.</param>
    public RankGroup(ICommunicator communicator)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        _communicator = communicator;
        _sums = new SumQueue(communicator);
    }

    /// <inheritdoc/>
    public int Rank => _communicator.Rank;

    /// <inheritdoc/>
    public int Size => _communicator.Size;

    /// <summary>What carries the elements, with its version.</summary>
    public string Engine => _communicator.Engine;

    /// <summary>The ranks that a launcher has started; null where it has started one alone, or there is none.</summary>
    /// <exception cref="CommunicationException">There are several, but they cannot be joined.</exception>
    public static RankGroup? OfLauncher()
    {
        ICommunicator communicator = Communicators.Open();
        if (communicator.Size > 1) return new RankGroup(communicator);
        communicator.Complete();
        communicator.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public double[] Gather(ReadOnlySpan<double> own) => _communicator.AllGather(own);

    /// <inheritdoc/>
    public byte[] Share(byte[]? own)
    {
        if (Rank == 0) ArgumentNullException.ThrowIfNull(own);
        long[] length = [Rank == 0 ? own!.Length : 0];
        _communicator.AllReduce(length);
        byte[] bytes = Rank == 0 ? own! : new byte[length[0]];
        _communicator.Broadcast(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Fill(IReadOnlyList<Tensor> tensors, int from = 0)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        foreach (Tensor tensor in tensors)
            HostTensor.Use(tensor, isChanged: Rank != from, buffer => _communicator.Broadcast(buffer, from));
    }

    /// <inheritdoc/>
    public void BeginSum(IReadOnlyList<Tensor> tensors, Precision precision = Precision.Float32)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        _sums.Begin(tensors, precision);
    }

    /// <inheritdoc/>
    public void FinishSums() => _sums.Finish();

    /// <inheritdoc/>
    public void Abort(string reason) => _communicator.Abort(reason);

    /// <summary>
    /// Who the ranks are, one line each: machine and process number, by which a launcher names a process that has ended.
    /// </summary>
    public IReadOnlyList<string> Describe()
    {
        const int Length = 256;
        byte[] all = new byte[Length * Size];
        string own = $"rank {Rank} on {Environment.MachineName}, process {Environment.ProcessId}";
        for (int rank = 0; rank < Size; rank++)
        {
            Span<byte> line = all.AsSpan(rank * Length, Length);
            if (rank == Rank) System.Text.Encoding.UTF8.GetBytes(own.AsSpan(0, Math.Min(own.Length, Length / 4)), line);
            _communicator.Broadcast(line, rank);
        }
        return [.. Enumerable.Range(0, Size).Select(rank =>
            System.Text.Encoding.UTF8.GetString(all, rank * Length, Length).TrimEnd('\0'))];
    }

    /// <summary>Takes note that this rank has done all of its work, so that disposing waits for the others to have done theirs.</summary>
    public void Complete() => _communicator.Complete();

    /// <summary>Leaves the group: after <see cref="Complete"/> it waits for the others; without it the launcher has to end them.</summary>
    public void Dispose()
    {
        _sums.Dispose();
        _communicator.Dispose();
    }
}
