using System.Collections.Concurrent;

namespace Soak;

/// <summary>Decides, from a seed, what fails now, and counts it. Safe for use by any number of threads.</summary>
/// <param name="seed">The same draws in the same order; which thread comes first is not ours to say.</param>
internal sealed class Faults(int seed)
{
    private readonly Random _random = new(seed);
    private readonly ConcurrentDictionary<string, int> _counts = new();

    /// <summary>Called for each fault with its kind; must not throw.</summary>
    public Action<string>? Told { get; init; }

    /// <summary>How many there were of each kind.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Throws now and then.</summary>
    /// <param name="kind">What fails.</param>
    /// <param name="oneIn">How seldom: once in so many calls on average.</param>
    /// <exception cref="InjectedFaultException">It is time to.</exception>
    public void MayThrow(string kind, int oneIn)
    {
        if (!IsTime(oneIn)) return;
        Count(kind);
        throw new InjectedFaultException(kind);
    }

    public bool IsTime(int oneIn) => Next(0, oneIn) == 0;

    public int Next(int min, int max)
    {
        lock (_random) return _random.Next(min, max);
    }

    public void Count(string kind)
    {
        _counts.AddOrUpdate(kind, 1, (_, count) => count + 1);
        Told?.Invoke(kind);
    }
}
