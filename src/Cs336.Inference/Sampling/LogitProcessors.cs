namespace Cs336.Inference;

/// <summary>Makes the chain of processors that options ask for.</summary>
internal static class LogitProcessors
{
    public static ILogitProcessor[] For(GenerationOptions options)
    {
        List<ILogitProcessor> chain = [];
        if (options.RepetitionPenalty != 1) chain.Add(new RepetitionPenalty(options.RepetitionPenalty));
        if (options.PresencePenalty != 0 || options.FrequencyPenalty != 0)
            chain.Add(new PresenceAndFrequencyPenalty(options.PresencePenalty, options.FrequencyPenalty));
        if (options.LogitBias.Count > 0) chain.Add(new LogitBias(options.LogitBias));
        chain.AddRange(options.Processors);
        if (options.BannedTokens.Count > 0)
            chain.Add(new TokenBan(options.BannedTokens)); // last, so that nothing brings a banned token back
        return [.. chain];
    }
}
