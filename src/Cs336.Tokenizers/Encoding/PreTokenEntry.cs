using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>One pre-token that a <see cref="PreTokenCache"/> remembers: its key, and its ids or their place in the arena.</summary>
/// <remarks>An unused entry is all zeros. It is never mistaken for a pre-token, because no pre-token has the key 0.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PreTokenEntry
{
    private const int CountShift = 60;
    private readonly ulong _low;
    private readonly ulong _highAndCount;

    private readonly Vector128<int> _ids;

    public PreTokenEntry(in PreTokenKey key, int count, Vector128<int> ids)
    {
        _low = key.Low;
        _highAndCount = key.High | ((ulong)count << CountShift);
        _ids = ids;
    }

    /// <summary>Where in the arena the ids are; meaningless where the entry holds them itself.</summary>
    public int Place => _ids.ToScalar();

    /// <summary>The number of ids that the entry holds, or that they are in the arena, or 0 in an unused entry.</summary>
    public int IdCount => (int)(_highAndCount >> CountShift);

    /// <summary>The entry's first bytes: reading them loads its cache line.</summary>
    public ulong Low => _low;

    public PreTokenKey Key => new(_low, _highAndCount << 4 >> 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(in PreTokenKey key) => ((_low ^ key.Low) | ((_highAndCount ^ key.High) << 4)) == 0;

    /// <summary>
    /// Writes the ids of an entry that holds them itself, and after them anything up to <see cref="PreTokenCache.WrittenIds"/>
    /// numbers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Write(ref int first, bool isNarrow)
    {
        if (!isNarrow)
        {
            _ids.StoreUnsafe(ref first);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256.WidenLower(_ids.AsUInt16().ToVector256Unsafe()).AsInt32().StoreUnsafe(ref first);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(_ids.AsUInt16());
            lower.AsInt32().StoreUnsafe(ref first);
            upper.AsInt32().StoreUnsafe(ref first, 4);
        }
        else
        {
            ref ushort ids = ref Unsafe.As<Vector128<int>, ushort>(ref Unsafe.AsRef(in _ids));
            for (int i = 0; i < IdCount; i++) Unsafe.Add(ref first, i) = Unsafe.Add(ref ids, i);
        }
    }
}
