using System.Diagnostics;

namespace Cs336.Distributed;

/// <summary>
/// Waits for a call of MPI to be done. Where it takes long, each rank that waits tells all others which call it is at; whoever has not told
/// when the time is up is the one that hangs, and the job ends with its name.
/// </summary>
internal sealed unsafe class MpiWait : IDisposable
{
    private const int Tag = 336, StatusBytes = 64; // more than a status has in either library
    private const int Spins = 200; // so many tests without sleep; then it sleeps between them, longer the longer it has waited
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromMicroseconds(20), LongestSleep = TimeSpan.FromMicroseconds(200);
    private readonly MpiLibrary _library;
    private readonly int _rank, _size;
    private readonly Action<string> _abort;
    private readonly NativeMemoryBlock _notes; // the call that each rank told of last, and behind them the one that this rank tells
    private readonly nint[] _receiving;
    private readonly long[] _told;
    private long _call;

    public MpiWait(MpiLibrary library, int rank, int size, Action<string> abort)
    {
        (_library, _rank, _size, _abort) = (library, rank, size, abort);
        _notes = new NativeMemoryBlock((size + 1) * sizeof(long));
        (_receiving, _told) = (new nint[size], new long[size]);
        for (int other = 0; other < size; other++) if (other != rank) Listen(other);
    }

    /// <summary>How long a call may take.</summary>
    public TimeSpan Timeout { get; set; }

    /// <summary>Returns when a call is done; does not return where a rank does not come.</summary>
    public void For(nint* request)
    {
        _call++;
        long began = Stopwatch.GetTimestamp();
        bool hasTold = false;
        for (int asked = 0; !IsDone(request); asked++)
        {
            if (asked < Spins) continue;
            TimeSpan waited = Stopwatch.GetElapsedTime(began);
            NativeCalls.Sleep(TimeSpan.FromTicks(Math.Clamp(waited.Ticks / 16, ShortestSleep.Ticks, LongestSleep.Ticks)));
            if (!hasTold && waited > Timeout / 2) hasTold = Tell();
            if (waited > Timeout) _abort(Describe());
        }
    }

    public void Dispose()
    {
        for (int other = 0; other < _size; other++)
        {
            if (other == _rank) continue;
            nint request = _receiving[other];
            _library.Cancel(&request);
            _library.Free(&request);
        }
        _notes.Dispose();
    }

    private bool IsDone(nint* request)
    {
        byte* status = stackalloc byte[StatusBytes];
        int isDone;
        _library.Require(_library.Test(request, &isDone, status), "MPI_Test");
        return isDone != 0;
    }

    private bool Tell()
    {
        long* own = (long*)_notes.Address + _size;
        *own = _call;
        for (int other = 0; other < _size; other++)
        {
            if (other == _rank) continue;
            nint request;
            _library.Require(_library.Send(own, sizeof(long), _library.Byte, other, Tag, _library.World, &request), "MPI_Isend");
            _library.Require(_library.Free(&request), "MPI_Request_free"); // a few bytes, on their way at once
        }
        return true;
    }

    private string Describe()
    {
        for (int other = 0; other < _size; other++)
        {
            if (other == _rank) continue;
            nint request = _receiving[other];
            while (IsDone(&request))
            {
                _told[other] = ((long*)_notes.Address)[other];
                Listen(other);
                request = _receiving[other];
            }
        }
        int[] missing = [.. Enumerable.Range(0, _size).Where(other => other != _rank && _told[other] < _call)];
        string names = string.Join(", ", missing);
        string seconds = $"{Timeout.TotalSeconds:0.#} s", who = missing.Length == 1 ? $"rank {names} has" : $"ranks {names} have";
        return missing.Length == 0 ? $"all ranks have waited for {seconds} for what they send each other: is the network gone?"
            : $"{who} not come for {seconds}, as others wait: it hangs, or is slower than that; {RankTimeout.Variable} sets the seconds.";
    }

    private void Listen(int other)
    {
        nint request;
        _library.Require(_library.Receive((long*)_notes.Address + other, sizeof(long), _library.Byte, other, Tag, _library.World, &request),
            "MPI_Irecv");
        _receiving[other] = request;
    }
}
