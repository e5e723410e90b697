namespace Cs336.Hosting.Tests;

public sealed class FairQueueTests
{
    [Fact]
    public void Callers_take_turns_whoever_came_first()
    {
        FairQueue<string> queue = new();
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
        FairQueue<string> queue = new();
        foreach (string item in (string[])["a1", "a2", "b1", "c1", "c2"]) queue.Add(item[..1], item);
        Assert.Equal(["a1", "b1", "c2"], queue.RemoveAll(item => item is "a1" or "b1" or "c2"));
        Assert.Equal((2, 0), (queue.Count, queue.CountOf("b")));
        queue.Add("b", "b2");
        Assert.Equal(["a2", "c1", "b2"], Take(queue, 3));
    }

    private static string[] Take(FairQueue<string> queue, int count) => [.. Enumerable.Range(0, count).Select(_ => queue.Take())];
}
