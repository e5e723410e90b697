using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cs336.Inference;
using Cs336.Settings;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// How a <see cref="RunConfig"/> is read and written as JSON: names in snake_case, enumerations by their names, never by numbers. Its
/// members are known by generated code, so that it works trimmed and ahead-of-time compiled.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectNullableAnnotations = true,
    WriteIndented = true,
    Converters =
    [
        typeof(SnakeCaseEnumConverter<Precision>), typeof(SnakeCaseEnumConverter<ComputePath>),
        typeof(SnakeCaseEnumConverter<WeightDecayTargets>),
        // Those of Cs336.Inference name a converter that takes numbers too.
        typeof(SnakeCaseEnumConverter<FeedForwardKind>), typeof(SnakeCaseEnumConverter<NormPlacement>),
        typeof(SnakeCaseEnumConverter<PositionEncoding>), typeof(SnakeCaseEnumConverter<RopeScalingKind>),
    ],
    GenerationMode = JsonSourceGenerationMode.Metadata)]
[JsonSerializable(typeof(RunConfig))]
internal sealed partial class RunConfigJson : JsonSerializerContext
{
    /// <summary>What <see cref="RunConfig.JsonOptions"/> keeps.</summary>
    public static JsonSerializerOptions MakeOptions()
    {
        JsonSerializerOptions options = new(Default.Options)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            TypeInfoResolver = Default.WithAddedModifier(SetInitOnlyMembers),
        };
        options.MakeReadOnly();
        return options;
    }

    /// <summary>
    /// Settings are set one by one after they are made, init-only ones too, which C# refuses to generated code: those are set by
    /// reflection. Generated code names each member that it knows, so a trimmed program keeps them.
    /// </summary>
    private static void SetInitOnlyMembers(JsonTypeInfo type)
    {
        foreach (JsonPropertyInfo property in type.Properties)
        {
            if (property.AttributeProvider is PropertyInfo { SetMethod: MethodInfo setter } member
                && setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
                property.Set = member.SetValue;
        }
    }
}
