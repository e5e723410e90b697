using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cs336.Settings;

/// <summary>
/// Reads and writes an enumeration by its names in snake_case only; a number, which would say nothing to a reader, is refused.
/// </summary>
internal sealed class SnakeCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
