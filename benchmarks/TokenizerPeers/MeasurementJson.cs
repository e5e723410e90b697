using System.Text.Json.Serialization;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>How a measurement is printed; generated, so that a program compiled ahead of time can print it.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Measurement))]
[JsonSerializable(typeof(Dictionary<string, KeptRounds>))]
internal sealed partial class MeasurementJson : JsonSerializerContext;
