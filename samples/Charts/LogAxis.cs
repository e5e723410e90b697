using System.Globalization;

namespace Cs336.Charts;

/// <summary>An axis on which equal ratios are equally long.</summary>
internal sealed class LogAxis : Axis
{
    private const double Margin = 0.04;
    private readonly double _low;
    private readonly double _high;
    private readonly int _ticks;

    /// <summary>An axis for values from <paramref name="low"/> to <paramref name="high"/>, with a margin at both ends.</summary>
    /// <param name="low">The least value, above 0.</param>
    /// <param name="high">The greatest value.</param>
    /// <param name="lowPixel">Where the axis begins.</param>
    /// <param name="highPixel">Where it ends.</param>
    /// <param name="ticks">About how many marks it should have.</param>
    public LogAxis(double low, double high, float lowPixel, float highPixel, int ticks)
        : base(lowPixel, highPixel)
    {
        double least = Math.Log10(low), greatest = Math.Log10(high);
        double margin = Math.Max(Margin * (greatest - least), greatest - least < 0.1 ? 0.05 : 0);
        (_low, _high, _ticks) = (least - margin, greatest + margin, ticks);
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Ticks()
    {
        int first = (int)Math.Floor(_low), last = (int)Math.Ceiling(_high);
        double[] marks = _high - _low <= _ticks / 3.0 ? [1, 2, 5] : [1];
        int every = Math.Max(1, (int)Math.Ceiling((_high - _low) / _ticks));
        for (int power = first; power <= last; power++)
        {
            if (power % every != 0) continue;
            foreach (double mark in marks)
            {
                double tick = mark * Math.Pow(10, power), position = Math.Log10(tick);
                if (position >= _low - 1e-9 && position <= _high + 1e-9) yield return tick;
            }
        }
    }

    /// <inheritdoc/>
    public override string Label(double tick) => tick is >= 0.01 and < 10_000
        ? tick.ToString("0.####", CultureInfo.InvariantCulture)
        : tick.ToString("0.#e0", CultureInfo.InvariantCulture);

    protected override double Position(double value) => (Math.Log10(value) - _low) / (_high - _low);
}
