namespace Cs336.Inference.Tests;

public sealed class LogitProcessorTests
{
    private static readonly TokenHistory History = MakeHistory();

    [Fact]
    public void Counts_tell_the_prompt_from_what_was_generated()
    {
        Assert.Equal([1, 1, 2, 3, 2, 3, 3], History.Tokens.ToArray());
        Assert.Equal(4, History.PromptLength);
        Assert.Equal([new TokenCount(1, 2, 0), new TokenCount(2, 1, 1), new TokenCount(3, 1, 2)], History.Counts.ToArray());
    }

    [Fact]
    public void Repetition_divides_positive_and_multiplies_negative_logits_of_what_occurred() =>
        Assert.Equal([4f, 2f, -6f, 0.5f, -3f], Process(new GenerationOptions { RepetitionPenalty = 2 }, [4, 4, -3, 1, -3]));

    [Fact]
    public void Presence_and_frequency_count_what_was_generated() =>
        Assert.Equal(
            [1f, 1f, 1 - 0.5f - 0.25f, 1 - 0.5f - 0.5f, 1f],
            Process(new GenerationOptions { PresencePenalty = 0.5, FrequencyPenalty = 0.25 }, [1, 1, 1, 1, 1]));

    [Fact]
    public void Biases_are_added_and_bans_win_over_all() =>
        Assert.Equal([2f, float.NegativeInfinity, 0f, 0f, -1f],
            Process(
                new GenerationOptions { LogitBias = new Dictionary<int, double> { [0] = 2, [4] = -1, [1] = 1e6 }, BannedTokens = [1] },
                [0, 0, 0, 0, 0]));

    [Fact]
    public void The_apps_own_processors_run_after_penalties_and_biases_and_before_bans()
    {
        GenerationOptions options = new()
        {
            LogitBias = new Dictionary<int, double> { [0] = 3 }, BannedTokens = [1], Processors = [new Scale(2), new Scale(5)],
        };
        Assert.Equal([30f, float.NegativeInfinity, 10f, 0f, 0f], Process(options, [0, 1, 1, 0, 0]));
    }

    [Fact]
    public void What_changes_nothing_is_not_in_the_chain() => Assert.Empty(LogitProcessors.For(new GenerationOptions()));

    private static float[] Process(GenerationOptions options, float[] logits)
    {
        options.Validate();
        foreach (ILogitProcessor processor in LogitProcessors.For(options)) processor.Process(History, logits);
        return logits;
    }

    private static TokenHistory MakeHistory()
    {
        TokenHistory history = new([1, 1, 2, 3]);
        foreach (int id in (int[])[2, 3, 3]) history.Add(id);
        return history;
    }

    private sealed class Scale(float factor) : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits)
        {
            foreach (ref float logit in logits) logit *= factor;
        }
    }
}
