namespace Cs336.Inference.Tests;

public sealed class SamplerTests
{
    private static readonly float[] Logits = [MathF.Log(0.5f), MathF.Log(0.3f), MathF.Log(0.15f), MathF.Log(0.05f)];

    [Fact]
    public void Temperature_zero_takes_the_likeliest_and_the_first_of_equals()
    {
        Sampler sampler = new(new GenerationOptions { Temperature = 0 }, new SeededRandom(1));
        Assert.Equal(1, sampler.Sample([0f, 3f, 3f, -1f]));
    }

    [Theory]
    [InlineData(1.0, 1.0, new[] { 0.5, 0.3, 0.15, 0.05 })]
    [InlineData(1.0, 0.8, new[] { 0.625, 0.375, 0, 0 })]
    [InlineData(1.0, 0.81, new[] { 0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0 })]
    [InlineData(0.5, 1.0, new[] { 0.25 / 0.365, 0.09 / 0.365, 0.0225 / 0.365, 0.0025 / 0.365 })]
    [InlineData(1.0, 1e-9, new[] { 1.0, 0, 0, 0 })]
    public void Draws_follow_temperature_and_nucleus(double temperature, double topP, double[] expected)
    {
        Sampler sampler = new(new GenerationOptions { Temperature = temperature, TopP = topP }, new SeededRandom(5));
        const int Draws = 40_000;
        int[] counts = new int[Logits.Length];
        for (int i = 0; i < Draws; i++) counts[sampler.Sample(Logits)]++;
        for (int id = 0; id < expected.Length; id++)
        {
            double tolerance = 4.5 * Math.Sqrt(Math.Max(expected[id] * (1 - expected[id]), 0) / Draws);
            Assert.InRange(counts[id] / (double)Draws, expected[id] - tolerance, expected[id] + tolerance);
        }
    }

    [Fact]
    public void The_same_seed_draws_the_same_tokens()
    {
        int[] Draw(ulong seed)
        {
            Sampler sampler = new(new GenerationOptions { TopP = 0.97 }, new SeededRandom(seed));
            return [.. Enumerable.Range(0, 50).Select(_ => sampler.Sample(Logits))];
        }
        Assert.Equal(Draw(11), Draw(11));
        Assert.NotEqual(Draw(11), Draw(12));
    }

    [Fact]
    public void A_token_that_is_ruled_out_is_never_drawn_even_at_a_tiny_temperature()
    {
        Sampler sampler = new(new GenerationOptions { Temperature = 1e-300 }, new SeededRandom(1));
        for (int i = 0; i < 100; i++) Assert.Equal(2, sampler.Sample([float.NegativeInfinity, -80f, 80f]));
    }

    [Theory]
    [InlineData(new[] { 1f, float.NaN }, "The logit of token 1 is NaN")]
    [InlineData(new[] { float.PositiveInfinity, 0f }, "The logit of token 0 is")]
    [InlineData(new[] { float.NegativeInfinity, float.NegativeInfinity }, "Every logit is negative infinity")]
    [InlineData(new float[0], "There are no logits")]
    public void Logits_that_cannot_be_drawn_from_are_refused(float[] logits, string message)
    {
        Sampler sampler = new(new GenerationOptions(), new SeededRandom(1));
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => sampler.Sample(logits)).Message);
    }

    [Fact]
    public void Unsound_options_are_refused_all_at_once()
    {
        GenerationOptions options = new() { Temperature = double.NaN, TopP = 0, MaxNewTokens = 0 };
        string message = Assert.Throws<ArgumentException>(() => new Sampler(options, new SeededRandom(1))).Message;
        Assert.Contains("max_new_tokens is 0", message);
        Assert.Contains("temperature is NaN", message);
        Assert.Contains("top_p is 0", message);
    }
}
