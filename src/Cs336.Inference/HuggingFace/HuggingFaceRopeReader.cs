using System.Text.Json;
using static Cs336.Inference.HuggingFaceConfigValues;

namespace Cs336.Inference;

/// <summary>Reads what a <c>config.json</c> says of rotary positions, under the old keys or the new one.</summary>
/// <param name="values">The file's values.</param>
/// <param name="problems">Receives what is wrong.</param>
internal sealed class HuggingFaceRopeReader(HuggingFaceConfigValues values, ProblemList problems)
{
    private const double DefaultTheta = 10_000; // of all these architectures, for what a file leaves out

    /// <summary>The base of the rotary embedding and its scaling.</summary>
    /// <param name="context">The model's context_length, which some scalings are relative to.</param>
    public (double Theta, RopeScaling? Scaling) Read(int context)
    {
        double? theta = values.Find("rope_theta") is { } old ? values.Real("rope_theta", old) : null;
        List<(string Name, RopeScaling? Scaling)> found = [];
        foreach (string name in (string[])["rope_parameters", "rope_scaling"])
        {
            if (values.Find(name) is not { } value) continue;
            if (value.ValueKind != JsonValueKind.Object)
            {
                problems.Add($"{name} is {Show(value)}, but must be an object");
                continue;
            }
            values.RequireWholeRotation(value);
            found.Add((name, ReadScaling(name, value, context)));
            if (!value.TryGetProperty("rope_theta", out JsonElement element)) continue;
            double inner = values.Real($"{name}.rope_theta", element);
            if (theta is double outer && outer != inner) problems.Add($"{name}.rope_theta is {inner}, but rope_theta is {outer}");
            theta ??= inner;
        }
        if (found.Count == 2 && found[0].Scaling != found[1].Scaling)
            problems.Add($"{found[0].Name} and {found[1].Name} scale positions in different ways");
        return (theta ?? DefaultTheta, found.Count == 0 ? null : found[0].Scaling);
    }

    private RopeScaling? ReadScaling(string name, JsonElement scaling, int context)
    {
        JsonElement? type = null;
        foreach (string key in (string[])[HuggingFaceRope.OldType, HuggingFaceRope.Type])
            if (scaling.TryGetProperty(key, out JsonElement value)) type = value;
        bool isPlain = type is null || IsText(type, "default");
        RopeScalingKind? kind = IsText(type, "linear") ? RopeScalingKind.Linear : IsText(type, "llama3") ? RopeScalingKind.Llama3
            : IsText(type, "yarn") ? RopeScalingKind.Yarn : null;
        if (!isPlain && kind is null)
        {
            problems.Add($"{name}.{HuggingFaceRope.Type} is {Show(type)}, but only default, linear, llama3 and yarn are supported");
            return null;
        }
        foreach (JsonProperty property in scaling.EnumerateObject())
        {
            if (property.Name is HuggingFaceRope.Type or HuggingFaceRope.OldType or "rope_theta" or "partial_rotary_factor") continue;
            bool isKnown = kind is { } one && HuggingFaceRope.Has(one, property.Name)
                && !(property.Name == "truncate" && property.Value.ValueKind != JsonValueKind.True);
            if (!isKnown)
                problems.Add($"{name}.{SafetensorsEntry.Cut(property.Name)} is {Show(property.Value)}, which is not supported");
        }
        return kind is not { } scaled ? null : HuggingFaceRope.Make(
            scaled, context,
            key => Find(scaling, key) is { } value ? values.Real($"{name}.{key}", value) : null,
            key => Find(scaling, key) is { } value ? values.Whole($"{name}.{key}", value, 1) : null);
    }
}
