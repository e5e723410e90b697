using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Cs336.Simd;

/// <summary>
/// Asks for memory before it is needed. A processor does so by itself where addresses follow one another, but not beyond a page of
/// 4,096 bytes, which vectors that lie further apart leave with every second one.
/// </summary>
internal static unsafe class CacheLines
{
    private const int Line = 64 / sizeof(float);

    /// <summary>Asks for some numbers; they need not be there. Does nothing where .NET knows no instruction for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Ask(float* from, int count)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < count; i += Line) Sse.Prefetch0(from + i);
    }
}
