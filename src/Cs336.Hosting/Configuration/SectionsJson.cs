using System.Text.Json.Serialization;

namespace Cs336.Hosting;

/// <summary>The members that a configuration section of a run has beside those of its options.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(DataFileSection))]
internal sealed partial class SectionsJson : JsonSerializerContext;
