namespace Cs336.Serving.Tests;

public sealed class FairQueueTests
{
    [Fact]
    public void Callers_take_turns_whoever_came_first()
    {
        FairQueue<string> queue = new(maxCallers: 10);
        foreach (string item in (string[])["a1", "a2", "a3", "b1", "c1", "a4", "b2"]) queue.Add(item[..1], item);
        Assert.Equal((7, 4, 0), (queue.Count, queue.CountOf("a"), queue.CountOf("x")));
        Assert.Equal(["a1", "b1", "c1", "a2"], Take(queue, 4));
        queue.Add("c", "c2");
        Assert.Equal(["b2", "a3", "c2", "a4"], Take(queue, 4));
        Assert.Equal(0, queue.Count);
    }

    [Fact]
    public void What_is_taken_out_leaves_the_turns_of_the_others()
    {
        FairQueue<string> queue = new(maxCallers: 10);
        foreach (string item in (string[])["a1", "a2", "b1", "c1", "c2"]) queue.Add(item[..1], item);
        Assert.Equal(["a1", "b1", "c2"], queue.RemoveAll(item => item is "a1" or "b1" or "c2"));
        Assert.Equal((2, 0), (queue.Count, queue.CountOf("b")));
        queue.Add("b", "b2");
        Assert.Equal(["a2", "c1", "b2"], Take(queue, 3));
    }

    [Fact]
    public void Many_names_have_one_turn_beside_those_who_came_before()
    {
        FairQueue<string> queue = new(maxCallers: 2);
        foreach (string item in (string[])["h1", "h2", "h3", "a1", "b1", "c1", "d1", "d2", "e1", "b2"]) queue.Add(item[..1], item);
        Assert.Equal((10, 2, 2, 1), (queue.Count, queue.CountOf("b"), queue.CountOf("d"), queue.CountOf("e")));
        Assert.Equal(["h1", "a1"], Take(queue, 2)); // a has nothing left, so that b gets his place with both of his
        Assert.Equal(["c1", "h2", "b1", "d1", "h3"], Take(queue, 5)); // h has nothing left: the place is d's
        Assert.Equal(["b2", "d2", "e1"], Take(queue, 3)); // e comes into the place of b, and nobody is left to share a turn
        Assert.Equal(0, queue.Count);
        queue.Add("z", "z1");
        Assert.Equal(["z1"], Take(queue, 1));
    }

    [Fact]
    public void An_honest_caller_waits_for_few_turns_however_many_names_another_invents()
    {
        FairQueue<string> queue = new(maxCallers: 4);
        for (int i = 1; i <= 5; i++) queue.Add("honest", $"honest {i}");
        for (int i = 0; i < 90; i++) queue.Add($"invented {i}", $"{i}");
        string[] served = Take(queue, 95);
        Assert.Equal([0, 5, 10, 15, 20], Enumerable.Range(1, 5).Select(i => Array.IndexOf(served, $"honest {i}")));
        Assert.Equal(95, served.Distinct().Count());
    }

    [Fact]
    public void Whatever_is_added_and_taken_out_comes_out_once_and_in_its_callers_order()
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            FairQueue<(string Caller, int Number)> queue = new(1 + round % 5);
            List<(string Caller, int Number)> expected = [], taken = [];
            for (int i = 0; i < 60; i++)
            {
                if (random.Next(3) > 0)
                {
                    (string, int) item = ($"{random.Next(8)}", i);
                    queue.Add(item.Item1, item);
                    expected.Add(item);
                }
                else if (random.Next(4) == 0)
                {
                    int divisor = 2 + random.Next(5);
                    foreach ((string, int) item in queue.RemoveAll(item => item.Number % divisor == 0)) Assert.True(expected.Remove(item));
                }
                else if (queue.Count > 0) taken.Add(queue.Take());
                Assert.All(
                    expected.Except(taken).GroupBy(item => item.Caller), group => Assert.Equal(group.Count(), queue.CountOf(group.Key)));
            }
            while (queue.Count > 0) taken.Add(queue.Take());
            Assert.Equal(expected.OrderBy(item => item.Number), taken.OrderBy(item => item.Number));
            Assert.All(taken.GroupBy(item => item.Caller), group => Assert.Equal(group.OrderBy(item => item.Number), group));
        }
    }

    private static string[] Take(FairQueue<string> queue, int count) => [.. Enumerable.Range(0, count).Select(_ => queue.Take())];
}
