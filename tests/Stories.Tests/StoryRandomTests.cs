namespace Stories.Tests;

public class StoryRandomTests
{
    [Fact]
    public void Draws_the_published_SplitMix64_sequence()
    {
        // The reference implementation begins e220a8397b1dcdaf 6e789e6aa1b965f4 06c45d188009454f for seed 0; a draw
        // from 2^16 numbers is the high 16 bits.
        var random = new StoryRandom(0);
        int[] expected = [0xE220, 0x6E78, 0x06C4];

        Assert.Equal(expected, Enumerable.Range(0, 3).Select(_ => random.Next(1 << 16)));
    }

    [Fact]
    public void Spreads_draws_evenly()
    {
        var random = new StoryRandom(5);
        var counts = new int[10];
        for (int i = 0; i < 100_000; i++) counts[random.Next(10)]++;

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }

    [Fact]
    public void Distinct_picks_are_distinct_and_all_possible()
    {
        var random = new StoryRandom(9);
        int[] items = [1, 2, 3, 4];
        var firsts = new HashSet<int>();
        for (int i = 0; i < 200; i++)
        {
            int[] picked = random.PickDistinct(items, 3);
            Assert.Equal(3, picked.Distinct().Count());
            firsts.Add(picked[0]);
        }

        Assert.Equal(items, firsts.Order());
        Assert.Equal([1, 2, 3, 4], items);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Refuses_an_empty_range(int count) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new StoryRandom(1).Next(count));
}
