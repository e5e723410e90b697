using System.Globalization;

namespace Cs336.Inference;

/// <summary>
/// What well-known accelerators can do at most, in floating-point operations per second, by the format of the numbers that they multiply:
/// their makers' figures for dense matrices (no sparsity) of one SXM module. How near training comes to it is its
/// <see cref="TrainingTime.Mfu"/>.
/// </summary>
public static class PeakFlops
{
    /// <summary>
    /// FLOP/s by name: <c>a100</c>, <c>h100</c> or <c>b200</c>, a colon, and the format, <c>fp32</c>, <c>tf32</c>, <c>bf16</c> or
    /// <c>fp8</c>.
    /// </summary>
    public static IReadOnlyDictionary<string, double> Known { get; } = new Dictionary<string, double>
    {
        ["a100:fp32"] = 19.5e12,
        ["a100:tf32"] = 156e12,
        ["a100:bf16"] = 312e12,
        ["h100:fp32"] = 67e12,
        ["h100:tf32"] = 495e12,
        ["h100:bf16"] = 989e12,
        ["h100:fp8"] = 1_979e12,
        ["b200:fp32"] = 75e12,
        ["b200:tf32"] = 1_125e12,
        ["b200:bf16"] = 2_250e12,
        ["b200:fp8"] = 4_500e12,
    };

    /// <summary>
    /// Reads FLOP/s as a number, such as <c>19.5e12</c>, or as a name, such as <c>h100:tf32</c>, in small or capital letters.
    /// </summary>
    /// <exception cref="FormatException">It is neither; the message says what is known.</exception>
    public static double Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string name = text.Trim().ToLowerInvariant();
        if (Known.TryGetValue(name, out double known)) return known;
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        bool isNumber = double.TryParse(name, Style, CultureInfo.InvariantCulture, out double number);
        if (isNumber && double.IsFinite(number) && number > 0) return number;
        string device = name.Split(':')[0];
        string[] formats = [.. Known.Keys.Where(key => key.StartsWith(device + ":", StringComparison.Ordinal))];
        throw new FormatException(formats.Length > 0
            ? $"'{text}' does not say in which format {device} multiplies: name one of {string.Join(", ", formats)}."
            : $"'{text}' is neither a number above 0, such as 19.5e12, nor one of {string.Join(", ", Known.Keys)}.");
    }
}
