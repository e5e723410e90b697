namespace Cs336.Inference.Tests;

public sealed class SamplerOracleTests
{
    public static TheoryData<double, int, double, double> Samplers => new()
    {
        { 1, 0, 1, 0 }, { 0.7, 0, 1, 0 }, { 3, 0, 1, 0 },
        { 1, 1, 1, 0 }, { 1, 5, 1, 0 }, { 0.8, 400, 1, 0 }, { 1, 100_000, 1, 0 },
        { 1, 0, 0.9, 0 }, { 1, 0, 0.5, 0 }, { 2, 0, 0.999, 0 }, { 1, 0, 1e-9, 0 },
        { 1, 0, 1, 0.1 }, { 1, 0, 1, 1 }, { 0.5, 0, 1, 0.02 },
        { 0.9, 50, 0.9, 0.05 }, { 1, 20, 0.99, 0 }, { 1.5, 0, 0.95, 0.3 }, { 1, 40, 1, 0.2 },
    };

    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_draw_is_where_the_random_number_falls_in_the_distribution(double temperature, int topK, double topP, double minP)
    {
        GenerationOptions options = new() { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP };
        SeededRandom inputs = new(99), numbers = new(5);
        Sampler sampler = new(options, new SeededRandom(5));
        foreach (int vocabSize in (int[])[1, 2, 7, 31, 64, 257, 700, 1500, 3001])
            for (int repeat = 0; repeat < 12; repeat++)
            {
                float[] logits = RandomLogits(inputs, vocabSize, repeat);
                double[] probabilities = new NaiveSampler(options).Probabilities(logits);
                double number = numbers.NextDouble();
                int drawn = sampler.Sample(logits);
                Assert.True(probabilities[drawn] > 0, $"token {drawn} of {vocabSize} is not in the set to draw from");
                double below = probabilities.Take(drawn).Sum();
                Assert.InRange(number, below - 1e-6, below + probabilities[drawn] + 1e-6);
            }
    }

    [Fact]
    public void Nothing_is_allocated_for_a_token()
    {
        float[] logits = RandomLogits(new SeededRandom(1), 50_000, 0);
        foreach (GenerationOptions options in (GenerationOptions[])[
            new() { Temperature = 0 }, new(), new() { TopK = 50 }, new() { TopP = 0.9 }, new() { MinP = 0.1, TopK = 30_000, TopP = 0.99 }])
        {
            Sampler sampler = new(options, new SeededRandom(1));
            sampler.Sample(logits);
            Assert.Equal(0, Allocations.FewestOf(() =>
            {
                for (int i = 0; i < 20; i++) sampler.Sample(logits);
            }));
        }
    }

    [Theory]
    [InlineData(1e-300)]
    [InlineData(1e300)]
    public void No_temperature_makes_a_ruled_out_token_possible(double temperature)
    {
        foreach ((int topK, double topP, double minP) in ((int, double, double)[])[(0, 1, 0), (9, 1, 0), (0, 0.99, 0), (0, 1, 0.5)])
        {
            Sampler sampler = new(
                new GenerationOptions { Temperature = temperature, TopK = topK, TopP = topP, MinP = minP }, new SeededRandom(2));
            float[] logits = new float[100];
            Array.Fill(logits, float.NegativeInfinity);
            logits[70] = 5;
            logits[71] = 5;
            for (int i = 0; i < 50; i++) Assert.InRange(sampler.Sample(logits), 70, 71);
        }
    }

    /// <summary>Flat, peaked, with ties, and with tokens that are ruled out.</summary>
    private static float[] RandomLogits(SeededRandom random, int count, int kind)
    {
        float[] logits = [.. Enumerable.Range(0, count).Select(_ => (kind % 4) switch
        {
            0 => (float)(random.NextDouble() * 8 - 4),
            1 => (float)Math.Log(random.NextDouble() + 1e-9) * 4,
            2 => (float)random.NextInt64(4),
            _ => random.NextInt64(3) == 0 ? float.NegativeInfinity : (float)random.NextDouble(),
        })];
        if (logits.Max() == float.NegativeInfinity) logits[^1] = 0;
        return logits;
    }
}
