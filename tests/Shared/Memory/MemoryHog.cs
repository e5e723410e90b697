using System.Runtime.InteropServices;

namespace Cs336.Testing;

/// <summary>Holds all the memory that the process can get, what the C library keeps for reuse included, until it is disposed of.</summary>
internal sealed class MemoryHog : IDisposable
{
    private const int Largest = 1 << 24, Smallest = 1 << 14;

    /// <summary>What .NET may still take for its objects.</summary>
    private const int ForTheRuntime = 4 << 20;

    private readonly List<nint> _taken = new(1 << 16);

    /// <summary>From here on only requests for less than 4 MiB in all succeed.</summary>
    public MemoryHog()
    {
        Free(Allocate(1)); // what is called without memory must have been compiled before
        DataMemory.LimitTo(ForTheRuntime);
        DataMemory.Raise(0);
        for (int size = Largest; size >= Smallest; size /= 2)
            while (_taken.Count < _taken.Capacity && Allocate((nuint)size) is var block and not 0) _taken.Add(block);
        DataMemory.Raise(ForTheRuntime);
    }

    public void Dispose()
    {
        DataMemory.Unlimit();
        foreach (nint block in _taken) Free(block);
        _taken.Clear();
    }

    [DllImport("libc.so.6", EntryPoint = "malloc")]
    private static extern nint Allocate(nuint size);

    [DllImport("libc.so.6", EntryPoint = "free")]
    private static extern void Free(nint block);
}
