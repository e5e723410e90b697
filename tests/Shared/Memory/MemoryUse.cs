using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Cs336.Testing;

/// <summary>What the process holds at one moment, after a garbage collection.</summary>
/// <param name="Tensors">Tensors of this thread that are alive.</param>
/// <param name="Managed">Bytes of objects.</param>
/// <param name="Native">Bytes that native code has taken from the heap and not given back; 0 where the system does not tell.</param>
/// <param name="Resident">Bytes of main memory, which also counts what heaps keep for later.</param>
internal sealed record MemoryUse(long Tensors, long Managed, long Native, long Resident)
{
    public static MemoryUse Now()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        using Process process = Process.GetCurrentProcess();
        return new MemoryUse(
            DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount, GC.GetTotalMemory(
                forceFullCollection: false), NativeBytes(), process.WorkingSet64);
    }

    private static long NativeBytes()
    {
        // Since glibc 2.33. Resident memory alone would hide a leak for as long as it fits into what the heap has free.
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out nint library)
            || !NativeLibrary.TryGetExport(library, "mallinfo2", out _))
            return 0;
        MallInfo info = mallinfo2();
        return (long)(info.InUse + info.InMaps);
    }

    [DllImport("libc.so.6")]
    private static extern MallInfo mallinfo2();

    /// <summary>mallinfo(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct MallInfo
    {
        private readonly nuint _arena, _ordblks, _smblks, _hblks;
        public readonly nuint InMaps;
        private readonly nuint _usmblks, _fsmblks;
        public readonly nuint InUse;
        private readonly nuint _fordblks, _keepcost;
    }
}
