using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Where a sampler is in its sequence of windows.</summary>
public sealed record SamplerState
{
    /// <summary>State of the random generator, of samplers that have one.</summary>
    public SeededRandomState? Random { get; init; }

    /// <summary>How many windows each text has given, of samplers that count them.</summary>
    public IReadOnlyList<long>? WindowsDrawn { get; init; }
}
