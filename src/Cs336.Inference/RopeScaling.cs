using System.Text.Json.Serialization;

namespace Cs336.Inference;

/// <summary>
/// How the frequencies of the rotary position embedding are changed, so that a model reads texts that are longer than those it was
/// trained on. In JSON an object with the keys <c>type factor</c> and those of its kind.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RopeScaling
{
    /// <summary>Which change.</summary>
    [JsonPropertyName("type")]
    public required RopeScalingKind Kind { get; init; }

    /// <summary>By how much the slowest frequencies are divided; at least 1.</summary>
    [JsonPropertyName("factor")]
    public required double Factor { get; init; }

    /// <summary>How long the texts were at first; for llama3 and yarn, which need it.</summary>
    [JsonPropertyName("original_context_length")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? OriginalContextLength { get; init; }

    /// <summary>Pairs that turn less often than this over the original length are divided in full; for llama3, which needs it.</summary>
    [JsonPropertyName("low_freq_factor")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LowFrequencyFactor { get; init; }

    /// <summary>Pairs that turn more often than this over the original length stay; for llama3, which needs it.</summary>
    [JsonPropertyName("high_freq_factor")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? HighFrequencyFactor { get; init; }

    /// <summary>Pairs that turn more often than this over the original length stay; for yarn. Default null: 32.</summary>
    [JsonPropertyName("beta_fast")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BetaFast { get; init; }

    /// <summary>Pairs that turn less often than this over the original length are divided in full; for yarn. Default null: 1.</summary>
    [JsonPropertyName("beta_slow")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? BetaSlow { get; init; }

    /// <summary>What queries and keys are multiplied by; for yarn. Default null: 0.1 · ln factor + 1.</summary>
    [JsonPropertyName("attention_factor")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? AttentionFactor { get; init; }

    /// <summary>Adds what is wrong, one sentence each.</summary>
    internal void AddProblems(List<string> problems)
    {
        if (!Enum.IsDefined(Kind))
        {
            problems.Add($"rope_scaling.type is {Kind}, but must be one of {string.Join(", ", Enum.GetNames<RopeScalingKind>())}.");
            return;
        }
        if (!double.IsFinite(Factor) || Factor < 1)
            problems.Add($"rope_scaling.factor is {Factor}, but must be a finite number from 1 on.");
        bool isLlama3 = Kind == RopeScalingKind.Llama3, isYarn = Kind == RopeScalingKind.Yarn;
        Check("original_context_length", OriginalContextLength, isLlama3 || isYarn, isNeeded: true);
        Check("low_freq_factor", LowFrequencyFactor, isLlama3, isNeeded: true);
        Check("high_freq_factor", HighFrequencyFactor, isLlama3, isNeeded: true);
        Check("beta_fast", BetaFast, isYarn, isNeeded: false);
        Check("beta_slow", BetaSlow, isYarn, isNeeded: false);
        Check("attention_factor", AttentionFactor, isYarn, isNeeded: false);
        if (isLlama3 && LowFrequencyFactor >= HighFrequencyFactor)
            problems.Add(
                $"rope_scaling.low_freq_factor is {LowFrequencyFactor}, but must be below high_freq_factor {HighFrequencyFactor}.");
        if (isYarn && (BetaSlow ?? RotaryFrequencies.BetaSlow) > (BetaFast ?? RotaryFrequencies.BetaFast))
            problems.Add(
                $"rope_scaling.beta_slow is {BetaSlow ?? RotaryFrequencies.BetaSlow}, but must be at most beta_fast "
                + $"{BetaFast ?? RotaryFrequencies.BetaFast}.");

        void Check(string name, double? value, bool belongs, bool isNeeded)
        {
            if (value is null && belongs && isNeeded) problems.Add($"rope_scaling.{name} is missing, which {Spelled} needs.");
            else if (value is not null && !belongs) problems.Add($"rope_scaling.{name} is {value}, but {Spelled} has none: leave it out.");
            else if (value is double number && (!double.IsFinite(number) || number <= 0))
                problems.Add($"rope_scaling.{name} is {number}, but must be a finite number above 0.");
        }
    }

    /// <summary>The kind's name in files.</summary>
    internal string Spelled => Kind.ToString().ToLowerInvariant();
}
