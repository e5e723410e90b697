namespace Cs336.Inference.Tests;

public sealed class TokenGeneratorTests
{
    private static readonly GenerationOptions Options = new() { Seed = 1, MaxNewTokens = 5 };

    [Fact]
    public void The_prompt_goes_through_in_one_pass_and_then_one_token_a_step()
    {
        CountingModel model = new(100, 50);
        GeneratedToken[] tokens = [.. new TokenGenerator(model).Generate(new[] { 10, 11 }, Options, new HashSet<int>())];
        Assert.Equal([12, 13, 14, 15, 16], tokens.Select(token => token.Id));
        Assert.Equal([null, null, null, null, FinishReason.MaxNewTokens], tokens.Select(token => token.FinishReason));
        Assert.Equal([[10, 11], [12], [13], [14], [15]], model.Inputs);
        Assert.Equal(0, model.LiveCaches);
    }

    [Fact]
    public void A_stop_token_ends_the_sequence()
    {
        GeneratedToken[] tokens = [
            .. new TokenGenerator(new CountingModel(100, 50)).Generate(new[] { 10 }, Options, new HashSet<int> { 13 })];
        Assert.Equal([11, 12, 13], tokens.Select(token => token.Id));
        Assert.Equal(FinishReason.StopToken, tokens[^1].FinishReason);
    }

    [Fact]
    public void A_full_context_ends_the_sequence()
    {
        GeneratedToken[] tokens = [
            .. new TokenGenerator(new CountingModel(100, 4)).Generate(new[] { 1, 2, 3 }, Options, new HashSet<int>())];
        Assert.Equal([new(4, null), new(5, FinishReason.ContextFull)], tokens);
    }

    [Fact]
    public void Cancellation_ends_it_before_the_next_token_and_frees_the_cache()
    {
        CountingModel model = new(100, 50);
        using CancellationTokenSource cancellation = new();
        int seen = 0;
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedToken _ in new TokenGenerator(model).Generate(new[] { 1 }, Options, new HashSet<int>(), cancellation.Token))
                if (++seen == 2) cancellation.Cancel();
        });
        Assert.Equal(2, seen);
        Assert.Equal(0, model.LiveCaches);
    }

    [Theory]
    [InlineData(new int[0], "The prompt is empty")]
    [InlineData(new[] { 1, 2, 3, 4, 5 }, "The prompt has 5 tokens, but context_length is 4")]
    public void A_prompt_that_cannot_be_continued_is_refused_before_any_work(int[] prompt, string message)
    {
        TokenGenerator generator = new(new CountingModel(100, 4));
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => generator.Generate(prompt, Options, new HashSet<int>())).Message);
    }

    [Fact]
    public void An_id_outside_the_vocabulary_is_refused()
    {
        TokenGenerator generator = new(new CountingModel(100, 4));
        string message = Assert.Throws<ArgumentException>(() => generator.Generate(new[] { 1, 100 }, Options)).Message;
        Assert.StartsWith("Token id 100 of the prompt is outside the vocabulary: ids are 0 to 99.", message);
    }
}
