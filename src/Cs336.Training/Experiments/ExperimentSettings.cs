using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Training;

/// <summary>
/// What sets one run of an experiment apart: names and values, such as <c>learning_rate</c> 0.001 and <c>seed</c> 2. A value is a
/// string, a boolean, a whole number (kept as <see cref="long"/>) or a finite number (kept as <see cref="double"/>).
/// </summary>
[JsonConverter(typeof(ExperimentSettingsConverter))]
public sealed class ExperimentSettings : IEquatable<ExperimentSettings>
{
    private const int MaxNameLength = 120; // with room to spare below the 255 bytes of a file name
    private readonly SortedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>Makes settings.</summary>
    /// <param name="values">Names and values, each name once.</param>
    /// <exception cref="ArgumentException">A name is empty or comes twice, or a value is of another type or not finite.</exception>
    public ExperimentSettings(IEnumerable<KeyValuePair<string, object>> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        foreach ((string key, object value) in values)
        {
            if (string.IsNullOrWhiteSpace(key)) throw new ArgumentException("A setting has an empty name.");
            if (!_values.TryAdd(key, Normalise(key, value)))
                throw new ArgumentException($"The setting {key} comes twice: {_values[key]} and {value}.");
        }
    }

    /// <summary>No settings at all.</summary>
    public static ExperimentSettings None { get; } = new([]);

    /// <summary>Names and values in the order of the names.</summary>
    public IReadOnlyDictionary<string, object> Values => _values;

    /// <summary>
    /// The settings as a name for a run and its folder, such as <c>learning_rate=0.001,seed=2</c>. Where that is too long or has
    /// characters that file names may not have, it is shortened and ends in a hash of the whole.
    /// </summary>
    public string Name
    {
        get
        {
            if (_values.Count == 0) return "base";
            string plain = string.Join(',', _values.Select(item => $"{item.Key}={Print(item.Value)}"));
            string safe = string.Concat(plain.Take(MaxNameLength)
                .Select(c => char.IsAsciiLetterOrDigit(c) || "=,.-_+".Contains(c) ? c : '_'));
            if (safe == plain && !safe.EndsWith('.')) return plain;
            return $"{safe}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plain)))[..8]}";
        }
    }

    /// <summary>A number.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    /// <exception cref="InvalidCastException">It is not a number.</exception>
    public double GetDouble(string key) => Find(key) is var value && value is long whole ? whole : Cast<double>(key, value);

    /// <summary>A whole number.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    /// <exception cref="InvalidCastException">It is not a whole number.</exception>
    public long GetInt64(string key) => Cast<long>(key, Find(key));

    /// <summary>A whole number of 32 bits.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    /// <exception cref="InvalidCastException">It is not a whole number, or one of more bits.</exception>
    public int GetInt32(string key) => GetInt64(key) is >= int.MinValue and <= int.MaxValue and long value ? (int)value
        : throw new InvalidCastException($"The setting {key} is {GetInt64(key)}, more than 32 bits hold.");

    /// <summary>A text.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    /// <exception cref="InvalidCastException">It is not a text.</exception>
    public string GetString(string key) => Cast<string>(key, Find(key));

    /// <summary>A truth value.</summary>
    /// <exception cref="KeyNotFoundException">There is no such setting.</exception>
    /// <exception cref="InvalidCastException">It is not a truth value.</exception>
    public bool GetBoolean(string key) => Cast<bool>(key, Find(key));

    /// <summary>These settings together with others, whose values hold where both have one.</summary>
    /// <param name="other">The others.</param>
    public ExperimentSettings With(ExperimentSettings other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ExperimentSettings(other._values.Concat(_values.Where(item => !other._values.ContainsKey(item.Key))));
    }

    /// <inheritdoc/>
    public bool Equals(ExperimentSettings? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ExperimentSettings);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The settings as JSON in one line.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, ExperimentJson.OneLine.ExperimentSettings);

    private static object Normalise(string key, object value) => value switch
    {
        string or bool or long => value,
        int whole => (long)whole,
        double number when double.IsInteger(number) && Math.Abs(number) < 1L << 53 => (long)number, // as JSON gives it back
        double number when double.IsFinite(number) => number,
        _ => throw new ArgumentException($"The setting {key} is {value ?? "null"} ({value?.GetType().Name}), but must be a string, a "
            + "boolean, an int, a long or a finite double."),
    };

    private static string Print(object value) =>
        value is bool truth ? (truth ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    private object Find(string key) => _values.TryGetValue(key, out object? value) ? value
        : throw new KeyNotFoundException($"There is no setting {key}; there are {string.Join(", ", _values.Keys)}.");

    private static T Cast<T>(string key, object value) => value is T typed ? typed
        : throw new InvalidCastException($"The setting {key} is {Print(value)} ({value.GetType().Name}), but is read as {typeof(T).Name}.");
}
