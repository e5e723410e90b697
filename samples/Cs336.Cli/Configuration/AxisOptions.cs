using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How a sweep is told what to vary.</summary>
internal static class AxisOptions
{
    public static Option<string[]> Grid { get; } = Options.Many("--grid", "A key and its values, such as training.batch_size=1,8,64",
        "KEY=V1,V2,...");
    public static Option<string[]> LogRange { get; } = Options.Many("--log-range",
        "A key and numbers at equal ratios, such as optimizer.max_lr=1e-4:1e-1:7", "KEY=LOW:HIGH:COUNT");

    /// <summary>The axes in the order in which they were given, grids first.</summary>
    public static IReadOnlyList<ExperimentAxis> Read(ParseResult parsed) =>
        [.. parsed.Values(Grid).Select(ParseGrid), .. parsed.Values(LogRange).Select(text => ParseRange(LogRange.Name, text))];

    /// <summary>An axis of numbers at equal ratios.</summary>
    public static ExperimentAxis ParseRange(string option, string text)
    {
        (string key, string values) = Assignment.Parse(option, text);
        return ParseRange(option, key, values);
    }

    /// <summary><c>LOW:HIGH:COUNT</c> of a key.</summary>
    public static ExperimentAxis ParseRange(string option, string key, string range)
    {
        string[] numbers = range.Split(':');
        if (numbers.Length != 3
            || !double.TryParse(numbers[0], NumberStyles.Float, CultureInfo.InvariantCulture, out double low)
            || !double.TryParse(numbers[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double high)
            || !int.TryParse(numbers[2], NumberStyles.None, CultureInfo.InvariantCulture, out int count))
            throw new UsageException($"{option} has the range '{range}', but must be LOW:HIGH:COUNT, such as 1e-4:1e-1:7.");
        return ExperimentAxis.LogRange(key, low, high, count);
    }

    private static ExperimentAxis ParseGrid(string text)
    {
        (string key, string values) = Assignment.Parse(Grid.Name, text);
        return ExperimentAxis.Of(key, [.. values.Split(',').Select(ParseValue)]);
    }

    private static object ParseValue(string text) => text switch
    {
        "true" => true,
        "false" => false,
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) =>
            number,
        _ => text,
    };
}
