using System.Text.Json.Nodes;

namespace Cs336.Cli;

/// <summary>In which keys the configurations of runs differ.</summary>
internal static class ConfigDifferences
{
    /// <summary>
    /// The keys whose values are not the same in all runs, as <c>section.key</c>, and the value in each run; empty text where it
    /// has none.
    /// </summary>
    public static IReadOnlyList<(string Key, IReadOnlyList<string> Values)> Between(IReadOnlyList<RunRecord> runs)
    {
        Dictionary<string, string>[] flat = [.. runs.Select(run => Flatten(run.Config))];
        return
        [
            .. flat.SelectMany(config => config.Keys).Distinct()
                .Select(key => (Key: key, Values: (IReadOnlyList<string>)[.. flat.Select(config => config.GetValueOrDefault(key, ""))]))
                .Where(item => item.Values.Distinct().Count() > 1),
        ];
    }

    /// <summary>A configuration as one value per key.</summary>
    public static Dictionary<string, string> Flatten(JsonObject? config)
    {
        Dictionary<string, string> values = [];
        Add(config, "");
        return values;

        void Add(JsonNode? node, string path)
        {
            if (node is JsonObject section)
                foreach ((string key, JsonNode? value) in section) Add(value, path.Length == 0 ? key : $"{path}.{key}");
            else if (path.Length > 0) values[path] = node?.ToJsonString().Trim('"') ?? "null";
        }
    }
}
