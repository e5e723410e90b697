namespace Cs336.Inference;

/// <summary>How fast the rotary embedding turns each pair of a head, for every way to change that.</summary>
internal static class RotaryFrequencies
{
    /// <summary>YaRN's bounds, where a configuration gives none.</summary>
    public const double BetaFast = 32, BetaSlow = 1;

    /// <summary>The angle by which each pair is turned from one position to the next: Θ^(-2i/d), changed as the configuration
    /// says.</summary>
    /// <returns>(head_size / 2).</returns>
    public static double[] Of(TransformerConfig config)
    {
        double[] frequencies = new double[config.HeadSize / 2];
        for (int pair = 0; pair < frequencies.Length; pair++)
        {
            double plain = Math.Pow(config.RopeTheta, -2.0 * pair / config.HeadSize);
            frequencies[pair] = config.RopeScaling switch
            {
                null => plain,
                { Kind: RopeScalingKind.Linear } scaling => plain / scaling.Factor,
                { Kind: RopeScalingKind.Llama3 } scaling => Llama3(plain, scaling),
                { } scaling => Yarn(plain, pair, scaling, config),
            };
        }
        return frequencies;
    }

    /// <summary>What queries and keys are multiplied by when they are turned.</summary>
    public static double Factor(TransformerConfig config) => config.RopeScaling is { Kind: RopeScalingKind.Yarn } scaling
        ? scaling.AttentionFactor ?? ((0.1 * Math.Log(scaling.Factor)) + 1)
        : 1;

    /// <summary>
    /// By how often a pair turns over the original length: as before from high_freq_factor times on, divided by the factor up to
    /// low_freq_factor times, and in between a mean of the two.
    /// </summary>
    private static double Llama3(double plain, RopeScaling scaling)
    {
        double low = scaling.LowFrequencyFactor!.Value, high = scaling.HighFrequencyFactor!.Value;
        double turns = scaling.OriginalContextLength!.Value * plain / (2 * Math.PI);
        double kept = Math.Clamp((turns - low) / (high - low), 0, 1);
        return (kept * plain) + ((1 - kept) * plain / scaling.Factor);
    }

    /// <summary>By the number of the pair, between those that turn beta_fast and beta_slow times over the original length.</summary>
    private static double Yarn(double plain, int pair, RopeScaling scaling, TransformerConfig config)
    {
        double first = Math.Max(0, Math.Floor(PairThatTurns(scaling.BetaFast ?? BetaFast)));
        double last = Math.Min(config.HeadSize - 1, Math.Ceiling(PairThatTurns(scaling.BetaSlow ?? BetaSlow)));
        if (first == last) last += 0.001; // as in the original code, which divides by the difference
        double divided = Math.Clamp((pair - first) / (last - first), 0, 1);
        return (divided * plain / scaling.Factor) + ((1 - divided) * plain);

        double PairThatTurns(double times) =>
            config.HeadSize * Math.Log(scaling.OriginalContextLength!.Value / (times * 2 * Math.PI)) / (2 * Math.Log(config.RopeTheta));
    }
}
