using System.Text.Json;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Contestants that a table sets side by side. Each round runs all of them in turns.</summary>
/// <param name="Name">How <c>--only</c> calls it.</param>
/// <param name="Contestants">Who takes part.</param>
internal sealed record Part(string Name, params Contestant[] Contestants)
{
    /// <summary>Whether there is anything to tell.</summary>
    public bool WasRun => Contestants.Any(contestant => contestant.Rounds.Count > 0 || contestant.Failure is not null);

    /// <summary>Takes over the rounds that an earlier run kept.</summary>
    public static void Load(string? path, Part[] parts)
    {
        if (!File.Exists(path)) return;
        using FileStream file = File.OpenRead(path);
        Dictionary<string, KeptRounds> kept = JsonSerializer.Deserialize(file, MeasurementJson.Default.DictionaryStringKeptRounds)!;
        foreach ((string key, Contestant contestant) in Keyed(parts))
        {
            if (!kept.TryGetValue(key, out KeptRounds? rounds)) continue;
            contestant.Rounds.AddRange(rounds.Rounds);
            contestant.WallSeconds.AddRange(rounds.WallSeconds);
        }
    }

    /// <summary>Keeps all rounds for a later run.</summary>
    public static void Save(string? path, Part[] parts)
    {
        if (path is null) return;
        Dictionary<string, KeptRounds> kept = Keyed(parts)
            .ToDictionary(pair => pair.Key, pair => new KeptRounds(pair.Contestant.Rounds, pair.Contestant.WallSeconds));
        File.WriteAllText(path, JsonSerializer.Serialize(kept, MeasurementJson.Default.DictionaryStringKeptRounds));
    }

    private static IEnumerable<(string Key, Contestant Contestant)> Keyed(Part[] parts) =>
        parts.SelectMany(part => part.Contestants.Select(contestant => ($"{part.Name}: {contestant.Name}", contestant)));
}
