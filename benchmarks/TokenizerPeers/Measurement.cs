using System.Diagnostics;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>One pass over the text.</summary>
/// <param name="Tokens">The ids it gave, separators included.</param>
/// <param name="Seconds">Its time by the clock.</param>
/// <param name="CpuSeconds">Its time on processors, all threads of the process together: what a busy machine disturbs least.</param>
internal sealed record Pass(long Tokens, double Seconds, double CpuSeconds)
{
    public static Pass Measure(Func<long> run)
    {
        using Process process = Process.GetCurrentProcess();
        TimeSpan cpu = process.TotalProcessorTime;
        Stopwatch clock = Stopwatch.StartNew();
        long tokens = run();
        double seconds = clock.Elapsed.TotalSeconds;
        process.Refresh();
        return new Pass(tokens, seconds, (process.TotalProcessorTime - cpu).TotalSeconds);
    }
}

/// <summary>What one process of one peer measured; <c>peer.mjs</c> prints the same.</summary>
/// <param name="Bytes">The bytes of text.</param>
/// <param name="Tokens">The ids of a pass, or the vocabulary size that was trained.</param>
/// <param name="Cold">The first pass in the process.</param>
/// <param name="Warm">Later passes.</param>
/// <param name="StartBytes">
/// The memory that the process had resident before the first pass, with the vocabulary and, where it is kept there, the text.
/// </param>
/// <param name="PeakBytes">The most that it had resident from then on.</param>
/// <param name="Sha256">The hash of the ids as little-endian 16-bit numbers, where it was asked for.</param>
internal sealed record Measurement(long Bytes, long Tokens, Pass Cold, Pass[] Warm, long StartBytes, long PeakBytes, string? Sha256);

/// <summary>The rounds of one contestant, as they are kept for a later run to go on from.</summary>
/// <param name="Rounds">What each round measured.</param>
/// <param name="WallSeconds">The whole time of each round's process.</param>
internal sealed record KeptRounds(List<Measurement> Rounds, List<double> WallSeconds);
