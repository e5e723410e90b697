using Cs336.Randomness;

namespace Cs336.Training;

/// <summary>
/// Chooses every window of a text once, in a shuffled order, before any comes again: windows lie end to end, so that each token is
/// predicted once per epoch. Takes no memory for the order, however large the data is.
/// </summary>
/// <remarks>
/// Of several texts, the next window always comes from the one that is furthest behind its share, so that every batch is mixed as
/// asked; each text has epochs of its own. The tokens after the last whole window of a text are left out.
/// </remarks>
public sealed class EpochSampler : IWindowSampler
{
    private readonly TokenMixture _data;
    private readonly int _length;
    private readonly ulong _seed;
    private readonly long[] _drawn;
    private readonly (long Epoch, RandomPermutation Order)[] _orders;

    /// <summary>Makes a sampler.</summary>
    /// <param name="data">The tokens; each text has at least one more than a window.</param>
    /// <param name="length">T, tokens per window.</param>
    /// <param name="seed">Determines every order.</param>
    /// <exception cref="ArgumentException">A text is shorter than one window and its last target.</exception>
    public EpochSampler(TokenMixture data, int length, ulong seed)
    {
        WindowChecks.Require(data, length);
        _data = data;
        _length = length;
        _seed = seed;
        _drawn = new long[data.Texts.Count];
        _orders = [.. Enumerable.Range(0, _drawn.Length).Select(text => (0L, OrderOf(text, 0)))];
    }

    /// <inheritdoc/>
    public SamplerState State
    {
        get => new() { WindowsDrawn = [.. _drawn] };
        set
        {
            if (value.WindowsDrawn is not IReadOnlyList<long> drawn)
                throw new ArgumentException("The data cursor is not that of shuffled epochs: go on with the order that the run was begun "
                    + "with, or begin anew.");
            if (drawn.Count != _drawn.Length || drawn.Any(count => count < 0 || count > long.MaxValue / 2 / drawn.Count))
                throw new ArgumentException($"The data cursor ({string.Join(", ", drawn)}) is not one of {_drawn.Length} texts: go on with "
                    + "the data that the run was begun with.");
            for (int text = 0; text < _drawn.Length; text++) _drawn[text] = drawn[text];
        }
    }

    /// <summary>How often every window of a text has been chosen.</summary>
    /// <param name="text">Which text, from 0.</param>
    public long EpochsOf(int text) => _drawn[text] / WindowsOf(text);

    /// <inheritdoc/>
    public void Next(Span<TokenWindow> windows)
    {
        foreach (ref TokenWindow window in windows)
        {
            int text = FurthestBehind();
            (long epoch, long index) = Math.DivRem(_drawn[text]++, WindowsOf(text));
            if (_orders[text].Epoch != epoch) _orders[text] = (epoch, OrderOf(text, epoch));
            window = new TokenWindow(text, _orders[text].Order[index] * _length);
        }
    }

    private long WindowsOf(int text) => (_data.Texts[text].Length - 1) / _length;

    private RandomPermutation OrderOf(int text, long epoch) =>
        new(WindowsOf(text), SplitMix64.Mix(SplitMix64.Mix(_seed + (ulong)text) + (ulong)epoch));

    private int FurthestBehind()
    {
        if (_drawn.Length == 1) return 0;
        double total = _drawn.Sum() + 1.0;
        int furthest = 0;
        for (int text = 1; text < _drawn.Length; text++)
            if (_data.Shares[text] * total - _drawn[text] > _data.Shares[furthest] * total - _drawn[furthest]) furthest = text;
        return furthest;
    }
}
