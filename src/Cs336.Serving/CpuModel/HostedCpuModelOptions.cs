using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>
/// Which trained model the app runs on the managed engine, and how: one of a run's folder, a checkpoint's and a weights file is named.
/// </summary>
public sealed class HostedCpuModelOptions
{
    /// <summary>The folder of a run: its newest checkpoint that has weights is taken. Default null.</summary>
    public string? RunDirectory { get; set; }

    /// <summary>A folder with <c>config.json</c> and <c>model.safetensors</c>, such as a checkpoint's. Default null.</summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>A safetensors file, with its <c>config.json</c> beside it. Default null.</summary>
    public string? WeightsFile { get; set; }

    /// <inheritdoc cref="CpuModelOptions.Precision"/>
    public CpuPrecision? Precision { get; set; }

    /// <inheritdoc cref="CpuModelOptions.MapWeights"/>
    public bool MapWeights { get; set; }

    /// <inheritdoc cref="CpuModelOptions.ThreadCount"/>
    public int? ThreadCount { get; set; }

    internal CpuModelOptions Engine => new() { Precision = Precision, MapWeights = MapWeights, ThreadCount = ThreadCount };

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [.. Engine.FindProblems()];
        (string Name, string? Path)[] sources =
            [(nameof(RunDirectory), RunDirectory), (nameof(CheckpointDirectory), CheckpointDirectory), (nameof(WeightsFile), WeightsFile)];
        (string Name, string? Path)[] named = [.. sources.Where(source => source.Path is not null)];
        if (named.Length == 0)
            problems.Add("HostedCpuModelOptions names no model: give a RunDirectory, a CheckpointDirectory or a WeightsFile.");
        if (named.Length > 1)
            problems.Add($"HostedCpuModelOptions has a {string.Join(" and a ", named.Select(source => source.Name))}: give one of them.");
        foreach ((string name, string? path) in named)
            if (string.IsNullOrWhiteSpace(path)) problems.Add($"HostedCpuModelOptions.{name} is blank: give a path, or null.");
        return problems;
    }
}
