namespace Cs336.Inference.Tests;

public sealed class WorkerPoolTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_item_of_every_job_is_done_once(int threads)
    {
        using WorkerPool pool = new(threads);
        int[] counts = new int[1000];
        for (int job = 1; job <= 3000; job++)
        {
            int items = 1 + (job * 31 % 1000), chunk = 1 + (job % 50);
            Array.Clear(counts);
            pool.Run(items, chunk, (worker, begin, end) =>
            {
                if (worker < 0 || worker >= threads || end - begin > Math.Max(chunk, threads == 1 ? items : 0))
                    throw new InvalidOperationException("Not what was asked for.");
                for (int i = begin; i < end; i++) counts[i]++; // not interlocked: what was done must be seen when Run returns
            });
            Assert.Equal(-1, counts.AsSpan(0, items).IndexOfAnyExcept(1));
            Assert.Equal(-1, counts.AsSpan(items).IndexOfAnyExcept(0));
        }
    }

    [Fact]
    public void Others_take_the_share_of_a_thread_that_is_held_up()
    {
        using WorkerPool pool = new(2);
        using ManualResetEventSlim heldUp = new();
        int done = 0;
        // The one that is held up ends its chunk only when all others are done, by whom else?
        pool.Run(100, 1, (worker, begin, end) =>
        {
            if (worker == 1 && !heldUp.IsSet)
            {
                heldUp.Set();
                SpinWait.SpinUntil(() => Volatile.Read(ref done) == 99);
            }
            else if (worker == 0)
            {
                heldUp.Wait();
            }
            Interlocked.Increment(ref done);
        });
        Assert.Equal(100, done);
    }

    [Fact]
    public void Jobs_go_on_after_the_threads_have_gone_to_sleep()
    {
        using WorkerPool pool = new(3);
        for (int i = 0; i < 20; i++)
        {
            int sum = 0;
            pool.Run(30, 1, (_, begin, end) => Interlocked.Add(ref sum, end - begin));
            Assert.Equal(30, sum);
            Thread.Sleep(i);
        }
    }
}
