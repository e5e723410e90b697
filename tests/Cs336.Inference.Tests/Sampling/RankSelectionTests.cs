namespace Cs336.Inference.Tests;

public sealed class RankSelectionTests
{
    [Fact]
    public void The_greatest_come_to_the_front_as_by_a_full_sort()
    {
        SeededRandom random = new(3);
        for (int repeat = 0; repeat < 300; repeat++)
        {
            int length = 1 + (int)random.NextInt64(500), distinct = 1 + (int)random.NextInt64(50);
            float[] weights = [.. Enumerable.Range(0, length).Select(_ => random.NextInt64(distinct) / (float)distinct)];
            ulong[] keys = [.. weights.Select(RankSelection.WeightKeyOf)];
            ulong[] sorted = [.. keys.OrderDescending()];

            int count = 1 + (int)random.NextInt64(length);
            ulong[] byCount = [.. keys];
            RankSelection.TakeCount(byCount, count);
            Assert.Equal(sorted[..count], byCount[..count].OrderDescending());

            double target = random.NextDouble() * weights.Sum() * 1.1;
            int expected = 0;
            for (double sum = 0; expected < length && sum < target; expected++) sum += weights[RankSelection.IndexOf(sorted[expected])];
            ulong[] byWeight = [.. keys];
            int taken = RankSelection.TakeWeight(byWeight, target);
            Assert.InRange(taken, expected - 1, expected + 1); // sums in another order round otherwise
            Assert.Equal(sorted[..taken], byWeight[..taken].OrderDescending());
        }
    }

    [Fact]
    public void Keys_are_ordered_as_numbers_and_then_by_index()
    {
        float[] ascending = [float.NegativeInfinity, float.MinValue, -1, -1e-40f, 0, 1e-40f, 1, float.MaxValue];
        ulong[] keys = [.. ascending.Select(RankSelection.KeyOf)];
        Assert.Equal(keys.Order(), keys);
        Assert.True(RankSelection.KeyOf(1, 3) > RankSelection.KeyOf(1, 4));
        Assert.True(RankSelection.KeyOf(-0f, 3) > RankSelection.KeyOf(0, 4));
        Assert.Equal(123_456, RankSelection.IndexOf(RankSelection.KeyOf(-3, 123_456)));
    }

    [Fact]
    public void Sorted_and_constant_weights_take_no_quadratic_time()
    {
        const int Length = 1_000_000;
        foreach (Func<int, float> weight in (Func<int, float>[])[i => i, i => Length - i, _ => 1, i => Math.Min(i, Length - i)])
        {
            ulong[] keys = [.. Enumerable.Range(0, Length).Select(i => RankSelection.WeightKeyOf(weight(i), i))];
            ulong least = keys.OrderDescending().ElementAt(999);
            RankSelection.TakeCount(keys, 1000); // hangs where it is quadratic
            Assert.Equal(least, keys[..1000].Min());
        }
    }
}
