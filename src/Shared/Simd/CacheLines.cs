using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Simd;

/// <summary>
/// Asks for memory before it is needed. A processor does so by itself where addresses follow one another, but only within a page of
/// 4,096 bytes, which a loop over rows that lie far apart keeps leaving. The memory need not exist: what is not there is not fetched.
/// Nothing happens where .NET knows no instruction for it.
/// </summary>
internal static unsafe class CacheLines
{
    /// <summary>Bytes of a line.</summary>
    public const int Size = 64;

    /// <summary>Asks for some numbers to come into the nearest cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(float* from, int count)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < count; i += Size / sizeof(float)) Sse.Prefetch0(from + i);
    }

    /// <summary>Asks for up to four lines to come into the nearest cache.</summary>
    /// <param name="from">Where they begin.</param>
    /// <param name="bytes">1 to 256; a constant, which leaves an instruction per line and no loop.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(byte* from, int bytes)
    {
        if (!Sse.IsSupported) return;
        Sse.Prefetch0(from);
        if (bytes > Size) Sse.Prefetch0(from + Size);
        if (bytes > 2 * Size) Sse.Prefetch0(from + (2 * Size));
        if (bytes > 3 * Size) Sse.Prefetch0(from + (3 * Size));
    }

    /// <summary>Asks for some bytes to come into the second cache only, so that the nearest keeps what is used now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AskFar(byte* from, long bytes)
    {
        if (!Sse.IsSupported) return;
        for (long at = 0; at < bytes; at += Size) Sse.Prefetch1(from + at);
    }
}
