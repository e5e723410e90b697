namespace Cs336.Distributed;

/// <summary>The members of any engine for spans in main memory.</summary>
public static unsafe class CommunicatorExtensions
{
    /// <inheritdoc cref="ICommunicator.AllReduce"/>
    public static void AllReduce(this ICommunicator communicator, Span<float> values)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (float* first = values) communicator.AllReduce(new ElementBuffer((nint)first, values.Length, ElementType.Float32));
    }

    /// <inheritdoc cref="ICommunicator.AllReduce"/>
    public static void AllReduce(this ICommunicator communicator, Span<double> values)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (double* first = values) communicator.AllReduce(new ElementBuffer((nint)first, values.Length, ElementType.Float64));
    }

    /// <inheritdoc cref="ICommunicator.AllReduce"/>
    public static void AllReduce(this ICommunicator communicator, Span<long> values)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (long* first = values) communicator.AllReduce(new ElementBuffer((nint)first, values.Length, ElementType.Int64));
    }

    /// <summary>Adds up bfloat16 values in place, each given as its 16 bits: the upper half of a float32.</summary>
    public static void AllReduceBFloat16(this ICommunicator communicator, Span<ushort> values)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (ushort* first = values) communicator.AllReduce(new ElementBuffer((nint)first, values.Length, ElementType.BFloat16));
    }

    /// <summary>Collects some values of every rank, those of rank 0 first.</summary>
    /// <param name="own">This rank's values; as many as every other's.</param>
    public static double[] AllGather(this ICommunicator communicator, ReadOnlySpan<double> own)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        double[] all = new double[own.Length * communicator.Size];
        fixed (double* from = own, to = all)
            communicator.AllGather(new ElementBuffer((nint)from, own.Length, ElementType.Float64),
                new ElementBuffer((nint)to, all.Length, ElementType.Float64));
        return all;
    }

    /// <inheritdoc cref="ICommunicator.ReduceScatter"/>
    public static void ReduceScatter(this ICommunicator communicator, Span<float> all, Span<float> own)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (float* from = all, to = own)
            communicator.ReduceScatter(new ElementBuffer((nint)from, all.Length, ElementType.Float32),
                new ElementBuffer((nint)to, own.Length, ElementType.Float32));
    }

    /// <inheritdoc cref="ICommunicator.Broadcast"/>
    public static void Broadcast(this ICommunicator communicator, Span<byte> bytes, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(communicator);
        fixed (byte* first = bytes) communicator.Broadcast(new ElementBuffer((nint)first, bytes.Length, ElementType.Byte), root);
    }

    /// <summary>Tells on the standard error stream which rank ends the job, and why.</summary>
    internal static void WriteAbort(this ICommunicator communicator, string reason)
    {
        Console.Error.WriteLine($"rank {communicator.Rank} of {communicator.Size} on {Environment.MachineName} "
            + $"(process {Environment.ProcessId}) ends the job: {reason}");
        Console.Error.Flush();
    }
}
