using System.Diagnostics;
using System.Globalization;

namespace Cs336.Testing;

/// <summary>
/// How many seeds are tried: a fixed number, so that every run tries the same ones whatever the machine's speed, or as many as there is
/// time for in <c>CS336_FUZZ_SECONDS</c>. The first is <c>CS336_FUZZ_SEED</c>, or 1.
/// </summary>
/// <param name="seeds">The fixed number.</param>
internal sealed class FuzzBudget(int seeds)
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public static int FirstSeed { get; } = (int)(Setting("CS336_FUZZ_SEED") ?? 1);

    /// <summary>The time that is set; 0 where none is.</summary>
    public static TimeSpan Time { get; } = TimeSpan.FromSeconds(Setting("CS336_FUZZ_SECONDS") ?? 0);

    public bool Has(int seed) => Time > TimeSpan.Zero ? _clock.Elapsed < Time : seed < FirstSeed + seeds;

    private static double? Setting(string name) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double value) ? value : null;
}
