using System.Globalization;
using System.Text.RegularExpressions;

namespace Cs336.Cli;

/// <summary>Quantities as people write and read them.</summary>
internal static partial class Units
{
    private static readonly Dictionary<string, double> Factors = new(StringComparer.OrdinalIgnoreCase)
    {
        [""] = 1, ["B"] = 1,
        ["K"] = 1e3, ["KB"] = 1e3, ["KiB"] = 1L << 10,
        ["M"] = 1e6, ["MB"] = 1e6, ["MiB"] = 1L << 20,
        ["G"] = 1e9, ["GB"] = 1e9, ["GiB"] = 1L << 30,
        ["T"] = 1e12, ["TB"] = 1e12, ["TiB"] = 1L << 40,
    };

    /// <summary>Reads a size such as <c>80GB</c>, <c>24GiB</c> or <c>1e9</c>.</summary>
    /// <exception cref="UsageException">It is no size.</exception>
    public static long ParseBytes(string option, string text)
    {
        Match match = Size().Match(text.Trim());
        if (match.Success
            && double.TryParse(match.Groups[1].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            && Factors.TryGetValue(match.Groups[2].Value, out double factor)
            && number * factor is >= 1 and < long.MaxValue)
            return (long)(number * factor);
        throw new UsageException($"{option} is '{text}', but must be a size such as 80GB, 24GiB or 2e9.");
    }

    public static string Count(Int128 value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Bytes(double value) => value switch
    {
        >= 1e12 => Number(value / 1e12, "0.##") + " TB",
        >= 1e9 => Number(value / 1e9, "0.##") + " GB",
        >= 1e6 => Number(value / 1e6, "0.##") + " MB",
        >= 1e3 => Number(value / 1e3, "0.##") + " kB",
        _ => Number(value, "0") + " B",
    };

    public static string Time(TimeSpan time) => time switch
    {
        { TotalDays: >= 2 } => Number(time.TotalDays, "#,0.0") + " days",
        { TotalHours: >= 1 } => Number(time.TotalHours, "0.0") + " h",
        { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes}:{time.Seconds:00} min",
        _ => Number(time.TotalSeconds, "0.0") + " s",
    };

    /// <summary>JSON has no word for what is no finite number.</summary>
    public static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;

    public static string Number(double value, string format = "0.####") => value.ToString(format, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^([0-9.]+(?:[eE][+-]?[0-9]+)?)\s*([A-Za-z]*)$")]
    private static partial Regex Size();
}
