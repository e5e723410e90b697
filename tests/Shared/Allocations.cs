namespace Cs336.Testing;

/// <summary>What a piece of work allocates.</summary>
internal static class Allocations
{
    private const int Times = 5;

    /// <summary>
    /// The fewest bytes that the work allocated on this thread in several runs: the runtime allocates for itself now and then, such as when
    /// a thread first sleeps or code is compiled anew; what the work itself allocates is there each time.
    /// </summary>
    public static long FewestOf(Action work)
    {
        long fewest = long.MaxValue;
        for (int time = 0; time < Times; time++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return fewest;
    }
}
