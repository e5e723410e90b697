using System.Globalization;

namespace Cs336.Training;

/// <summary>A setting and the values that it takes in an experiment.</summary>
public sealed class ExperimentAxis
{
    private const int MaxValues = 100_000;

    private ExperimentAxis(string name, IReadOnlyList<object> values)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (values.Count == 0) throw new ArgumentException($"The axis {name} has no values.");
        Name = name;
        Values = values;
    }

    /// <summary>The setting.</summary>
    public string Name { get; }

    /// <summary>Its values, in order.</summary>
    public IReadOnlyList<object> Values { get; }

    /// <summary>An axis of given values, such as <c>norm</c>: pre, post, none.</summary>
    /// <param name="name">What the setting is called, such as <c>norm</c>; not empty.</param>
    /// <param name="values">Strings, booleans or numbers, at least one.</param>
    /// <exception cref="ArgumentException">The name is empty, or there are no values.</exception>
    public static ExperimentAxis Of(string name, params object[] values) => new(name, [.. values]);

    /// <summary>
    /// Numbers at equal ratios, as one searches a learning rate. Those between the ends are rounded to four significant digits, so that
    /// they can be read and typed again.
    /// </summary>
    /// <param name="name">What the setting is called, such as <c>norm</c>; not empty.</param>
    /// <param name="from">The first number, above 0.</param>
    /// <param name="to">The last number, above 0.</param>
    /// <param name="count">How many, from 2 to 100,000.</param>
    /// <exception cref="ArgumentException">A number is outside its range.</exception>
    public static ExperimentAxis LogRange(string name, double from, double to, int count)
    {
        if (!(from > 0 && double.IsFinite(from)))
            throw new ArgumentOutOfRangeException(nameof(from),
                $"{name} begins at {from}, but a logarithmic range needs finite numbers above 0.");
        if (!(to > 0 && double.IsFinite(to)))
            throw new ArgumentOutOfRangeException(nameof(to), $"{name} ends at {to}, but a logarithmic range needs finite "
                + "numbers above 0.");
        if (count > MaxValues)
            throw new ArgumentOutOfRangeException(nameof(count), $"{name} has {count} values, but a range can have at most {MaxValues}.");
        if (count < 2) throw new ArgumentOutOfRangeException(nameof(count), $"{name} has {count} values, but a range needs at least 2.");
        object[] values = new object[count];
        for (int i = 1; i < count - 1; i++)
            values[i] = double.Parse((from * Math.Pow(to / from, (double)i / (count - 1))).ToString("G4", CultureInfo.InvariantCulture),
                CultureInfo.InvariantCulture);
        values[0] = from;
        values[^1] = to;
        return new ExperimentAxis(name, values);
    }

    /// <summary>The setting <c>seed</c> with the numbers 0, 1, 2 and so on.</summary>
    /// <param name="count">How many, from 1 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is another.</exception>
    public static ExperimentAxis Seeds(int count)
    {
        if (count is < 1 or > MaxValues)
            throw new ArgumentOutOfRangeException(nameof(count), $"There are {count} seeds, but there must be from 1 to {MaxValues}.");
        return new ExperimentAxis("seed", [.. Enumerable.Range(0, count).Select(object (seed) => (long)seed)]);
    }

    /// <summary>Every combination of the axes' values; the last axis changes fastest.</summary>
    /// <param name="axes">The axes, each of another setting.</param>
    /// <exception cref="ArgumentException">
    /// Two axes have the same name, a value is of a type that settings do not take, or there are more than 100,000 combinations.
    /// </exception>
    public static IReadOnlyList<ExperimentSettings> Grid(params ExperimentAxis[] axes)
    {
        ArgumentNullException.ThrowIfNull(axes);
        double count = axes.Aggregate(1.0, (product, axis) => product * axis.Values.Count);
        if (count > MaxValues)
            throw new ArgumentException($"The axes have {count} combinations, but an experiment can have at most {MaxValues} runs: give "
                + "fewer values or seeds.");
        IEnumerable<KeyValuePair<string, object>[]> combinations = [[]];
        foreach (ExperimentAxis axis in axes)
            combinations = combinations.SelectMany(start => axis.Values.Select(value =>
                (KeyValuePair<string, object>[])[.. start, new(axis.Name, value)]));
        return [.. combinations.Select(values => new ExperimentSettings(values))];
    }
}
