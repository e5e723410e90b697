using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>Reads and writes an enumeration by its JSON names only; a number, which would say nothing to a reader, is refused.</summary>
internal sealed class SpelledEnumConverter<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false) where T : struct, Enum;
