using System.ComponentModel.DataAnnotations;

namespace Cs336.Hosting;

/// <summary>How a host runs its training.</summary>
public sealed class HostedTrainingOptions
{
    /// <summary>Whether the training starts with the host. Default true; else it waits for <see cref="ITrainingController.Start"/>.</summary>
    public bool StartWithHost { get; set; } = true;

    /// <summary>
    /// What has to be done before the training's parts are made: to make a tokenizer and token files, say. Runs on the training's
    /// thread each time the training is started without having its parts yet. Default null.
    /// </summary>
    public Func<IServiceProvider, CancellationToken, Task>? Prepare { get; set; }

    /// <summary>
    /// How often in a row a failed training goes on from its last checkpoint without getting further than before. Default 0. A
    /// training that fails before its first checkpoint is not retried.
    /// </summary>
    [Range(0, 1_000)]
    public int Retries { get; set; }

    /// <summary>How long to wait before a retry. Default 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>What to do when the retries are spent. Default <see cref="FaultPolicy.StopHost"/>.</summary>
    [EnumDataType(typeof(FaultPolicy), ErrorMessage = "HostedTrainingOptions.WhenFaulted must be StopHost or MarkUnhealthy.")]
    public FaultPolicy WhenFaulted { get; set; }

    /// <summary>How long a step, its validation and its checkpoint may take before the health check calls the training degraded. Default 5 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "365.00:00:00")]
    public TimeSpan MaxStepAge { get; set; } = TimeSpan.FromMinutes(5);
}
