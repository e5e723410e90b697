namespace Cs336.Inference.Tests;

public sealed class LanguageModelExtensionsTests
{
    private readonly CountingModel _model = new(10, 4);

    [Fact]
    public void An_empty_batch_is_refused() =>
        Assert.StartsWith("The batch is empty", Refusal([], 0));

    [Fact]
    public void Logits_of_another_size_are_refused() =>
        Assert.Equal(
            "The logits buffer holds 9 numbers, but 1 sequence(s) with vocab_size 10 need 10.",
            Refusal([new(_model.CreateCache(), new[] { 1 })], 9));

    [Fact]
    public void An_input_without_tokens_is_refused() =>
        Assert.StartsWith("Sequence 0 of the batch has no tokens", Refusal([new(_model.CreateCache(), Array.Empty<int>())], 10));

    [Fact]
    public void An_input_that_does_not_fit_into_the_context_is_refused()
    {
        IKvCache cache = _model.CreateCache();
        _model.Forward(cache, new[] { 1, 2, 3 }, new float[10]);
        Assert.Equal(
            "Sequence 0 of the batch holds 3 tokens and 2 more were given, but context_length is 4.",
            Refusal([new(cache, new[] { 1, 2 })], 10));
        Assert.Equal(3, cache.Length);
    }

    [Fact]
    public void A_cache_that_is_used_twice_is_refused()
    {
        IKvCache cache = _model.CreateCache();
        Assert.StartsWith(
            "Sequences 0 and 1 of the batch share one cache", Refusal([new(cache, new[] { 1 }), new(cache, new[] { 2 })], 20));
    }

    private string Refusal(DecodingInput[] batch, int logits) =>
        Assert.Throws<ArgumentException>(() => _model.Forward(batch, new float[logits])).Message;
}
