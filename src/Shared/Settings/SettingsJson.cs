using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Cs336.Settings;

/// <summary>
/// How settings are read and written as JSON. What members they have is found by reflection, because they are set after they are made,
/// init-only ones too, which generated code cannot do; so whoever uses this names the types whose members a trimmed program must keep.
/// </summary>
internal static class SettingsJson
{
    /// <summary>Names in snake_case; enumerations by their names, never by numbers.</summary>
    public static JsonSerializerOptions Options { get; } = MakeOptions();

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The users of this class keep the members: DynamicDependency.")]
    private static JsonSerializerOptions MakeOptions()
    {
        JsonSerializerOptions options = new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
            RespectNullableAnnotations = true,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            WriteIndented = true,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }
}
