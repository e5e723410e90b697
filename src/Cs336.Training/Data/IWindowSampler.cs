namespace Cs336.Training;

/// <summary>Chooses the windows that a run learns from, in a sequence that its seed determines.</summary>
public interface IWindowSampler
{
    /// <summary>Everything that the windows to come depend on; set it to go on from there.</summary>
    /// <exception cref="ArgumentException">The state set is of another kind of sampler, or of other data.</exception>
    SamplerState State { get; set; }

    /// <summary>Chooses the next windows.</summary>
    /// <param name="windows">Is filled with them.</param>
    void Next(Span<TokenWindow> windows);
}
