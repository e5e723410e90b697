using System.Globalization;

namespace Cs336.Charts;

/// <summary>An axis on which equal differences are equally long.</summary>
internal sealed class LinearAxis : Axis
{
    private readonly double _low;
    private readonly double _high;
    private readonly double _interval;

    /// <summary>An axis for values from <paramref name="low"/> to <paramref name="high"/>.</summary>
    /// <param name="low">The least value, finite.</param>
    /// <param name="high">The greatest value, finite. Where it is no greater, the axis is widened around it.</param>
    /// <param name="lowPixel">Where the axis begins.</param>
    /// <param name="highPixel">Where it ends; less than <paramref name="lowPixel"/> where it points up.</param>
    /// <param name="ticks">About how many marks it should have.</param>
    /// <param name="wholeNumbers">Whether only whole numbers are marked, and the axis ends where the values do.</param>
    public LinearAxis(double low, double high, float lowPixel, float highPixel, int ticks, bool wholeNumbers)
        : base(lowPixel, highPixel)
    {
        // On a shorter axis the labels would differ only in digits that no one reads.
        double least = 0.01 * Math.Max(1, Math.Max(Math.Abs(low), Math.Abs(high)));
        if (high - low < least) (low, high) = (low - (least / 2), high + (least / 2));

        _interval = RoundInterval((high - low) / ticks);
        if (wholeNumbers) _interval = Math.Max(1, _interval);
        _low = wholeNumbers ? low : Math.Floor(low / _interval) * _interval;
        _high = wholeNumbers ? high : Math.Ceiling(high / _interval) * _interval;
    }

    /// <inheritdoc/>
    public override IEnumerable<double> Ticks()
    {
        // A hair of slack keeps a tick at the very end in spite of rounding.
        double first = Math.Ceiling((_low / _interval) - 1e-9), last = Math.Floor((_high / _interval) + 1e-9);
        for (double i = first; i <= last; i++) yield return i * _interval;
    }

    /// <summary>A round value as text, with the decimals that tell it from the next: "0.25", "500", "20k".</summary>
    public override string Label(double tick)
    {
        (double unit, string suffix) = Math.Max(Math.Abs(_low), Math.Abs(_high)) switch
        {
            >= 1e7 => (1e6, "M"),
            >= 1e4 => (1e3, "k"),
            _ => (1, ""),
        };
        int decimals = Math.Max(0, (int)-Math.Floor(Math.Log10(_interval / unit) + 1e-9));
        double rounded = Math.Round(tick / unit, Math.Min(decimals, 15));
        string number = (rounded + 0.0).ToString($"F{decimals}", CultureInfo.InvariantCulture);
        return rounded == 0 ? number : number + suffix;
    }

    protected override double Position(double value) => (value - _low) / (_high - _low);

    /// <summary>The least of 1, 2, 5, 10, 20, 50 and so on, and of their tenths, that an interval fits in.</summary>
    private static double RoundInterval(double interval)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(interval)));
        return power * (interval / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }
}
