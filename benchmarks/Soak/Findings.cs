using System.Collections.Concurrent;

namespace Soak;

/// <summary>What came of it all, from any number of threads.</summary>
internal sealed class Findings
{
    private readonly ConcurrentDictionary<string, int> _answers = new();
    private readonly ConcurrentDictionary<string, (int Count, string First)> _broken = new();

    /// <summary>How many requests ended how.</summary>
    public IReadOnlyDictionary<string, int> Answers => _answers;

    /// <summary>Promises that were broken, how often, and how at first.</summary>
    public IReadOnlyDictionary<string, (int Count, string First)> Broken => _broken;

    /// <summary>Other figures, for the table.</summary>
    public ConcurrentDictionary<string, string> Figures { get; } = new();

    public void Answer(string kind) => _answers.AddOrUpdate(kind, 1, (_, count) => count + 1);

    public void Break(string promise, string how)
    {
        Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {promise}: {how}");
        _broken.AddOrUpdate(promise, (1, how), (_, before) => (before.Count + 1, before.First));
    }
}
