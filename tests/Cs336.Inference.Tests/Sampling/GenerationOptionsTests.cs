namespace Cs336.Inference.Tests;

public sealed class GenerationOptionsTests
{
    [Fact]
    public void Every_problem_is_told_at_once()
    {
        GenerationOptions options = new()
        {
            MaxNewTokens = 0, Temperature = double.NaN, TopK = -1, TopP = double.NaN, MinP = 1.5, RepetitionPenalty = 0,
            PresencePenalty = double.NaN,
            FrequencyPenalty = 101, LogitBias = new Dictionary<int, double> { [3] = double.PositiveInfinity }, BannedTokens = null!,
            Processors = [null!],
            StopTokens = null!, StopStrings = ["", "\uD83D"], LogProbabilities = -1, ContextOverflow = (ContextOverflow)9,
        };
        string[] expected =
        [
            "max_new_tokens is 0", "temperature is NaN", "top_k is -1", "top_p is NaN", "min_p is 1.5", "repetition_penalty is 0",
            "presence_penalty is NaN",
            "frequency_penalty is 101", "logit_bias of token 3 is", "banned_tokens is null", "processors is null or holds null",
            "stop_tokens is null",
            "stop_strings holds an empty string", "stop_strings holds half a surrogate pair", "log_probabilities is -1",
            "context_overflow is 9",
        ];
        Assert.Equal(expected.Length, options.FindProblems().Count);
        Assert.All(expected.Zip(options.FindProblems()), pair => Assert.StartsWith(pair.First, pair.Second));
        string message = Assert.Throws<ArgumentException>(options.Validate).Message;
        Assert.All(expected, part => Assert.Contains(part, message));
    }

    [Fact]
    public void The_defaults_are_sound() => Assert.Empty(new GenerationOptions().FindProblems());

    [Fact]
    public void A_sequence_refuses_all_that_the_model_cannot_do_at_once()
    {
        GenerationOptions options = new() { TopP = 2, LogitBias = new Dictionary<int, double> { [10] = 1 }, BannedTokens = [-1] };
        CountingModel model = new(10, 4);
        string message = Assert.Throws<ArgumentException>(() => new GenerationSequence(model, [1, 2, 3, 10, 11], options)).Message;
        Assert.Equal(
        [
            "top_p is 2, but must be above 0 and at most 1; 1 keeps every token.",
            "The prompt has 5 tokens, but context_length is 4: shorten the prompt.",
            "Token id 10 of the prompt is outside the vocabulary: ids are 0 to 9. Was the text encoded with another tokenizer?",
            "logit_bias names token 10, but ids are 0 to 9.",
            "banned_tokens names token -1, but ids are 0 to 9.",
        ], message.Split(Environment.NewLine));
        Assert.Contains("banned_tokens names every token", Assert.Throws<ArgumentException>(() =>
            new GenerationSequence(model, [1], new GenerationOptions { BannedTokens = [.. Enumerable.Range(0, 10)] })).Message);
        Assert.Empty(model.Inputs);
        Assert.Equal(0, model.LiveCaches);
    }
}
