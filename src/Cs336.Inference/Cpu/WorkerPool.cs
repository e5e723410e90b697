using System.Runtime.InteropServices;

namespace Cs336.Inference;

/// <summary>
/// Threads that share jobs of some microseconds each. Every thread begins with its own share of the items, the same in every job, so that
/// its share of the weights stays in its cache; then it takes chunks of the other threads' shares. A thread whose core is busy with
/// something else thus delays a job by one chunk at most. Waiting threads spin for a moment and then sleep, so that the system can wake
/// them on another core that has become free.
/// </summary>
internal sealed class WorkerPool : IDisposable
{
    // First spins that keep the core, then spins that offer it to other threads.
    private const int BusySpins = 200, SpinLength = 8, YieldingSpins = 60;

    private readonly Share[] _shares;
    private readonly Worker[] _workers;
    private readonly object _finished = new(); // a monitor, because waiting for it and waking it allocates nothing
    private ChunkJob? _job;
    private int _items;
    private int _chunk;
    private int _left; // items of the job that are not done yet
    private int _callerSleeps;
    private uint _epoch; // number of the job; 0 before the first
    private bool _disposed;

    /// <summary>Starts the threads.</summary>
    /// <param name="threadCount">How many take part in a job, the calling one included.</param>
    public WorkerPool(int threadCount)
    {
        _shares = new Share[threadCount];
        _workers = new Worker[threadCount - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            Worker worker = _workers[i] = new Worker(i + 1);
            new Thread(() => Work(worker)) { IsBackground = true, Name = $"Cs336 CPU worker {i + 1}" }.Start();
        }
    }

    public int ThreadCount => _shares.Length;

    /// <summary>Runs a job to its end. Called by one thread at a time; the job must not throw.</summary>
    /// <param name="items">Number of items, each computed once.</param>
    /// <param name="chunk">Items that a thread takes at a time; where there are no more in all, the calling thread does them alone.</param>
    /// <param name="job">What to do with each chunk.</param>
    public void Run(int items, int chunk, ChunkJob job)
    {
        if (items <= chunk || _workers.Length == 0)
        {
            job(0, 0, items);
            return;
        }
        uint epoch = _epoch + 1;
        // First all shares are closed under the new job's number, so that a thread that is still at the last job takes nothing of this one.
        for (int i = 0; i < _shares.Length; i++) Volatile.Write(ref _shares[i].Next, Pack(epoch, int.MaxValue));
        (_job, _items, _chunk) = (job, items, chunk);
        Volatile.Write(ref _left, items);
        for (int i = 0; i < _shares.Length; i++) Volatile.Write(ref _shares[i].Next, Pack(epoch, Begin(i, items, chunk)));
        Interlocked.Exchange(ref _epoch, epoch); // a full fence: whether workers sleep is read only after they can see the job
        foreach (Worker worker in _workers) worker.WakeIfAsleep();
        TakeChunks(0, epoch, job, items, chunk);
        WaitForOthers();
    }

    public void Dispose()
    {
        if (_disposed) return;
        Volatile.Write(ref _disposed, true);
        Interlocked.Increment(ref _epoch);
        foreach (Worker worker in _workers) worker.WakeIfAsleep();
    }

    private void Work(Worker worker)
    {
        for (uint seen = 0; ;)
        {
            seen = worker.WaitForChange(ref _epoch, seen);
            if (Volatile.Read(ref _disposed)) return;
            // The fields read here may belong to a later job than `seen`; then no share is open under this number, and nothing is taken.
            TakeChunks(worker.Index, seen, _job!, _items, _chunk);
        }
    }

    private void TakeChunks(int worker, uint epoch, ChunkJob job, int items, int chunk)
    {
        int done = 0; // subtracted from _left once at the end, because that costs as much as a small chunk
        for (int i = 0; i < _shares.Length; i++)
        {
            int owner = (worker + i) % _shares.Length, end = Begin(owner + 1, items, chunk);
            ref long next = ref _shares[owner].Next;
            for (long current = Volatile.Read(ref next); ;)
            {
                int begin = (int)current;
                if ((uint)(current >> 32) != epoch || begin >= end) break;
                int after = Math.Min(begin + chunk, end);
                long found = Interlocked.CompareExchange(ref next, Pack(epoch, after), current);
                if (found != current)
                {
                    current = found;
                    continue;
                }
                job(worker, begin, after);
                done += after - begin;
                current = Volatile.Read(ref next);
            }
        }
        if (done != 0 && Interlocked.Add(ref _left, -done) == 0 && Volatile.Read(ref _callerSleeps) != 0) Pulse(_finished);
    }

    private void WaitForOthers()
    {
        for (int i = 0; i < BusySpins; i++)
        {
            if (Volatile.Read(ref _left) == 0) return;
            Thread.SpinWait(SpinLength);
        }
        // A full fence: either the thread that does the last items sees it, or this one sees that they are done.
        Interlocked.Exchange(ref _callerSleeps, 1);
        lock (_finished)
        {
            while (Volatile.Read(ref _left) != 0) Monitor.Wait(_finished);
        }
        Volatile.Write(ref _callerSleeps, 0);
    }

    private static void Pulse(object monitor)
    {
        lock (monitor) Monitor.Pulse(monitor);
    }

    /// <summary>The first item of a share; shares are equal numbers of whole chunks, as far as the items allow.</summary>
    private int Begin(int share, int items, int chunk)
    {
        long chunks = ((long)items + chunk - 1) / chunk;
        return (int)Math.Min(items, chunks * share / _shares.Length * chunk);
    }

    private static long Pack(uint epoch, int next) => ((long)epoch << 32) | (uint)next;

    /// <summary>
    /// The next item of a share to be taken, and the number of the job; alone on its cache lines, so that threads do not slow each other
    /// down.
    /// </summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Share
    {
        [FieldOffset(0)]
        public long Next;
    }

    private sealed class Worker(int index)
    {
        private readonly object _wake = new();
        private int _asleep;

        public int Index => index;

        public uint WaitForChange(ref uint epoch, uint seen)
        {
            for (int i = 0; i < BusySpins + YieldingSpins; i++)
            {
                if (Volatile.Read(ref epoch) is uint now && now != seen) return now;
                if (i < BusySpins) Thread.SpinWait(SpinLength);
                else Thread.Yield();
            }
            Interlocked.Exchange(ref _asleep, 1);
            lock (_wake)
            {
                while (Volatile.Read(ref epoch) == seen) Monitor.Wait(_wake);
            }
            Volatile.Write(ref _asleep, 0);
            return Volatile.Read(ref epoch);
        }

        public void WakeIfAsleep()
        {
            if (Volatile.Read(ref _asleep) != 0) Pulse(_wake);
        }
    }
}
