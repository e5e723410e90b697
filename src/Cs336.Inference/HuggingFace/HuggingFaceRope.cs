using System.Text.Json;

namespace Cs336.Inference;

/// <summary>How transformers spells the scaling of rotary positions.</summary>
internal static class HuggingFaceRope
{
    public const string Type = "rope_type", OldType = "type", Original = "original_max_position_embeddings";
    private const string Factor = "factor", Low = "low_freq_factor", High = "high_freq_factor";
    private const string Fast = "beta_fast", Slow = "beta_slow", Attention = "attention_factor", Truncate = "truncate";

    /// <summary>Whether a key belongs to a kind of scaling.</summary>
    public static bool Has(RopeScalingKind kind, string key) => key == Factor || kind switch
    {
        RopeScalingKind.Llama3 => key is Low or High or Original,
        RopeScalingKind.Yarn => key is Fast or Slow or Attention or Original or Truncate,
        _ => false,
    };

    /// <summary>The scaling of a kind, of numbers that were read.</summary>
    /// <param name="kind">By which formula frequencies are scaled.</param>
    /// <param name="context">The model's context, which is the original one where a file names none to yarn.</param>
    /// <param name="real">A key's number, or null where the file has none.</param>
    /// <param name="count">A key's whole number, or null.</param>
    public static RopeScaling Make(RopeScalingKind kind, int context, Func<string, double?> real, Func<string, int?> count) => new()
    {
        Kind = kind,
        Factor = real(Factor) ?? 0,
        OriginalContextLength = count(Original) ?? (kind == RopeScalingKind.Yarn ? context : null),
        LowFrequencyFactor = real(Low),
        HighFrequencyFactor = real(High),
        BetaFast = real(Fast),
        BetaSlow = real(Slow),
        AttentionFactor = real(Attention),
    };

    /// <summary>Writes the keys of a scaling into an object.</summary>
    public static void Write(Utf8JsonWriter json, RopeScaling scaling, Action<string, double> writeReal)
    {
        json.WriteString(Type, scaling.Spelled);
        writeReal(Factor, scaling.Factor);
        if (scaling.OriginalContextLength is int original) json.WriteNumber(Original, original);
        foreach ((string key, double? value) in ((string, double?)[])[
            (Low, scaling.LowFrequencyFactor), (High, scaling.HighFrequencyFactor), (Fast, scaling.BetaFast), (Slow, scaling.BetaSlow),
            (Attention, scaling.AttentionFactor)])
            if (value is double number) writeReal(key, number);
    }
}
