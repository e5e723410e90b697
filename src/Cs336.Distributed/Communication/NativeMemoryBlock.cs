using System.Runtime.InteropServices;

namespace Cs336.Distributed;

/// <summary>Memory that stays where it is.</summary>
internal sealed unsafe class NativeMemoryBlock(long bytes) : IDisposable
{
    private const nuint Alignment = 64; // a line of the cache

    private void* _address = NativeMemory.AlignedAlloc((nuint)Math.Max(bytes, 1), Alignment);

    public long Bytes => bytes;

    public nint Address => (nint)_address;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_address);
        _address = null;
    }
}
