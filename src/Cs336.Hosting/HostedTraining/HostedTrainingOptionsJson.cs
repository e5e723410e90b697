using System.Text.Json.Serialization;

namespace Cs336.Hosting;

/// <summary>The members of <see cref="HostedTrainingOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(HostedTrainingOptions))]
internal sealed partial class HostedTrainingOptionsJson : JsonSerializerContext;
