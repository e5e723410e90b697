using Cs336.Inference;

namespace Cs336.Training;

/// <summary>Chooses windows that begin anywhere in the data, each place equally likely: the course's <c>get_batch</c>.</summary>
public sealed class RandomWindowSampler : IWindowSampler
{
    private readonly TokenMixture _data;
    private readonly int _length;
    private readonly SeededRandom _random;

    /// <summary>Makes a sampler.</summary>
    /// <param name="data">The tokens; each text has at least one more than a window.</param>
    /// <param name="length">T, tokens per window.</param>
    /// <param name="seed">Determines every window.</param>
    /// <exception cref="ArgumentException">A text is shorter than one window and its last target.</exception>
    public RandomWindowSampler(TokenMixture data, int length, ulong seed)
    {
        WindowChecks.Require(data, length);
        _data = data;
        _length = length;
        _random = new SeededRandom(seed);
    }

    /// <inheritdoc/>
    public SamplerState State
    {
        get => new() { Random = _random.State };
        set => _random.State = value.Random
            ?? throw new ArgumentException("The data cursor is not that of random windows: go on with the order that the run was begun "
                + "with, or begin anew.");
    }

    /// <inheritdoc/>
    public void Next(Span<TokenWindow> windows)
    {
        foreach (ref TokenWindow window in windows)
        {
            int text = _data.Texts.Count == 1 ? 0 : DrawText();
            window = new TokenWindow(text, _random.NextInt64(_data.Texts[text].Length - _length));
        }
    }

    private int DrawText()
    {
        double place = _random.NextDouble();
        int text = 0;
        for (double end = _data.Shares[0]; place >= end && text < _data.Texts.Count - 1; end += _data.Shares[text]) text++;
        return text;
    }
}
