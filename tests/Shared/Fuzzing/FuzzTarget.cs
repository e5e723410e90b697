using System.Diagnostics;

namespace Cs336.Testing;

/// <summary>Something that reads files from anywhere, and the exceptions that it may end in.</summary>
/// <param name="Name">What failures call it.</param>
/// <param name="Samples">Sound files, to be damaged.</param>
/// <param name="Read">Reads one; whatever it returns from without an exception it takes for sound.</param>
/// <param name="Documented">The exceptions that it says it throws.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Samples, Action<byte[]> Read, params Type[] Documented)
{
    // Generous, so that neither a busy machine nor a first call counts: what is looked for is without proportion.
    private const long FreeBytes = 8 << 20, BytesPerByte = 400;
    private const double FreeSeconds = 20, SecondsPerByte = 1e-4;

    /// <summary>
    /// What repairs a damaged file so that the damage is found further inside, such as a length that stands before it; applied to every
    /// other one.
    /// </summary>
    public Func<byte[], byte[]>? Repair { get; init; }

    /// <summary>Reads an input. Returns what is wrong with how that ended, or null.</summary>
    public string? FindFault(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
        try
        {
            Read(input);
        }
        catch (Exception exception) when (Array.Exists(Documented, type => type.IsInstanceOfType(exception)))
        {
            if (string.IsNullOrWhiteSpace(exception.Message) || exception.Message.Length > 20_000)
                return $"a message of {exception.Message.Length} characters";
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (allocated > FreeBytes + (BytesPerByte * input.Length)) return $"it allocated {allocated:N0} bytes for {input.Length:N0}";
        return seconds > FreeSeconds + (SecondsPerByte * input.Length) ? $"it took {seconds:f1} s for {input.Length:N0} bytes" : null;
    }
}
