using System.Text.Json.Serialization;

namespace Cs336.Hosting;

/// <summary>How a host runs its training.</summary>
public sealed class HostedTrainingOptions
{
    /// <summary>
    /// Whether the training starts with the host. Default true; else it waits for <see cref="ITrainingController.Start"/>.
    /// </summary>
    public bool StartWithHost { get; set; } = true;

    /// <summary>
    /// What has to be done before the training's parts are made: to make a tokenizer and token files, say. Runs on the training's
    /// thread each time the training is started without having its parts yet. Default null.
    /// </summary>
    [JsonIgnore]
    public Func<IServiceProvider, CancellationToken, Task>? Prepare { get; set; }

    /// <summary>
    /// How often in a row a failed training goes on from its last checkpoint, which is that of the last good step, without getting further
    /// than before. Default 0.
    /// </summary>
    public int Retries { get; set; }

    /// <summary>How long to wait before a retry. Default 5 seconds.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What to do when the retries are spent. Default <see cref="FaultPolicy.StopHost"/>.</summary>
    public FaultPolicy WhenFaulted { get; set; }

    /// <summary>
    /// How long a step, its validation and its checkpoint may take before the health check calls the training degraded. Default 5
    /// minutes.
    /// </summary>
    public TimeSpan MaxStepAge { get; set; } = TimeSpan.FromMinutes(5);

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (Retries is < 0 or > 1_000) problems.Add($"HostedTrainingOptions.Retries is {Retries}, but must be from 0 to 1,000.");
        if (RetryDelay < TimeSpan.Zero || RetryDelay > TimeSpan.FromDays(1))
            problems.Add($"HostedTrainingOptions.RetryDelay is {RetryDelay}, but must be from 0 to a day.");
        if (!Enum.IsDefined(WhenFaulted))
        {
            string known = string.Join(", ", Enum.GetNames<FaultPolicy>());
            problems.Add($"HostedTrainingOptions.WhenFaulted is {WhenFaulted}, but must be one of {known}.");
        }
        if (MaxStepAge <= TimeSpan.Zero || MaxStepAge > TimeSpan.FromDays(365))
            problems.Add($"HostedTrainingOptions.MaxStepAge is {MaxStepAge}, but must be above 0 and at most a year.");
        return problems;
    }
}
