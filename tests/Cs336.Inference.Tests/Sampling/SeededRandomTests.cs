namespace Cs336.Inference.Tests;

public sealed class SeededRandomTests
{
    [Fact]
    public void The_sequence_is_that_of_xoshiro256_starstar_seeded_by_splitmix64()
    {
        // Computed from the published algorithms with Python integers.
        SeededRandom random = new(42);
        Assert.Equal(
            [1546998764402558742UL, 6990951692964543102UL, 12544586762248559009UL],
            [random.NextUInt64(), random.NextUInt64(), random.NextUInt64()]);
    }

    [Fact]
    public void A_saved_state_goes_on_where_it_was_saved()
    {
        SeededRandom random = new(7);
        random.NextUInt64();
        SeededRandomState state = random.State;
        double[] expected = [random.NextDouble(), random.NextDouble(), random.NextDouble()];
        SeededRandom other = new(0) { State = state };
        Assert.All(expected, value => Assert.Equal(value, other.NextDouble()));
    }

    [Fact]
    public void Integers_stay_in_range_and_are_uniform()
    {
        SeededRandom random = new(3);
        int[] counts = new int[7];
        for (int i = 0; i < 70_000; i++) counts[random.NextInt64(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400)); // four standard deviations
        Assert.Equal(0, random.NextInt64(1));
        Assert.InRange(random.NextInt64(long.MaxValue), 0, long.MaxValue - 1);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SeededRandom(1).NextInt64(0));
        Assert.Throws<ArgumentException>(() => new SeededRandom(1).State = default);
    }
}
