using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Cs336.Inference;

namespace Cs336.Training;

/// <summary>
/// All of a run in one JSON object: sections <c>model</c>, <c>optimizer</c>, <c>training</c>, <c>data</c> and <c>samples</c>, with the names that Stanford's
/// CS336 uses. What is left out has its default.
/// </summary>
public sealed record RunConfig
{
    /// <summary>The model's shape: <c>model</c>.</summary>
    public required TransformerConfig Model { get; init; }

    /// <summary>How the parameters change: <c>optimizer</c>.</summary>
    public OptimizerConfig Optimizer { get; init; } = new();

    /// <summary>Steps, batches, validation and checkpoints: <c>training</c>.</summary>
    public TrainerOptions Training { get; init; } = new();

    /// <summary>What the run learns from: <c>data</c>.</summary>
    public required DataConfig Data { get; init; }

    /// <summary>Texts that the model tells while it learns: <c>samples</c>.</summary>
    public SampleConfig Samples { get; init; } = new();

    /// <summary>Reads a configuration. Its keys and types are checked; whether it is sound, <see cref="FindProblems"/> tells.</summary>
    /// <param name="json">A JSON object; comments and trailing commas are allowed.</param>
    /// <exception cref="InvalidDataException">The JSON is malformed; or there are unknown keys, missing ones or values of a wrong type, all of which the message names.</exception>
    public static RunConfig Parse(string json) => Parse(ConfigReader.ParseObject(json, "the configuration"), "The configuration");

    /// <summary>Reads a configuration from parsed JSON.</summary>
    /// <inheritdoc cref="Parse(string)"/>
    public static RunConfig Parse(JsonObject json) => Parse(json, "The configuration");

    /// <summary>Reads a configuration file.</summary>
    /// <param name="path">A JSON file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <inheritdoc cref="Parse(string)" path="/exception"/>
    public static RunConfig Load(string path) => Parse(ConfigReader.ParseObject(File.ReadAllText(path), path), path);

    /// <summary>This configuration with another value in one place.</summary>
    /// <param name="key">Section and key, such as <c>optimizer.max_lr</c>.</param>
    /// <param name="value">JSON, such as <c>1e-3</c> or <c>["a", "b"]</c>; what is no JSON is taken as text.</param>
    /// <exception cref="InvalidDataException">There is no such key, or the value is of another type.</exception>
    public RunConfig With(string key, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentNullException.ThrowIfNull(value);
        JsonObject patch = [];
        JsonObject section = patch;
        string[] names = key.Split('.');
        foreach (string name in names[..^1])
        {
            JsonObject inner = [];
            section[name] = inner;
            section = inner;
        }
        section[names[^1]] = ConfigReader.ParseValue(value);
        return Merge(patch);
    }

    /// <summary>This configuration with the values of another in place of its own, key by key; null puts the default back.</summary>
    /// <param name="patch">A JSON object of sections, such as <c>{"model": {"d_model": 256}}</c>.</param>
    /// <exception cref="InvalidDataException">There are unknown keys or values of a wrong type, all of which the message names.</exception>
    public RunConfig Merge(JsonObject patch)
    {
        ArgumentNullException.ThrowIfNull(patch);
        JsonObject merged = ConfigReader.ToNode(this);
        ConfigReader.Merge(merged, patch);
        return Parse(merged, "The configuration");
    }

    /// <summary>This configuration with the values of another in place of its own.</summary>
    /// <inheritdoc cref="Merge(JsonObject)"/>
    public RunConfig Merge(string patch) => Merge(ConfigReader.ParseObject(patch, "the override"));

    /// <summary>The configuration as indented JSON; what has no value is left out.</summary>
    public string ToJson() => ConfigReader.ToNode(this).ToJsonString(ConfigReader.Options);

    /// <summary>Everything that is wrong with the configuration itself, one sentence each; empty where it is sound. No file is looked at.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [.. Model.FindProblems(), .. Training.FindProblems(), .. Data.FindProblems(), .. Samples.FindProblems(Data.Tokenizer is not null)];
        problems.AddRange(Optimizer.FindProblems(Training.MaxSteps));
        return problems;
    }

    private static RunConfig Parse(JsonObject json, string source)
    {
        ArgumentNullException.ThrowIfNull(json);
        List<string> problems = [];
        ConfigReader.Check(json, typeof(RunConfig), "", problems);
        if (problems.Count > 0) throw new InvalidDataException($"{source} is not that of a run:{Environment.NewLine}{string.Join(Environment.NewLine, problems)}");
        return json.Deserialize<RunConfig>(ConfigReader.Options)!;
    }
}
