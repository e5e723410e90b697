using System.Text.Json.Serialization;

namespace Cs336.Hosting;

/// <summary>The members of <see cref="TransformerOptions"/> for a configuration section, known without reflection.</summary>
[JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(TransformerOptions))]
internal sealed partial class TransformerOptionsJson : JsonSerializerContext;
