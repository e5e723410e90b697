using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>One pre-token that a <see cref="PieceCache"/> remembers. An unused entry is all 0 and has the key of none.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct PieceEntry
{
    private const int CountShift = 60;
    private readonly ulong _low;
    private readonly ulong _highAndCount;

    private readonly Vector128<int> _ids;

    public PieceEntry(in PieceKey key, int count, Vector128<int> ids)
    {
        _low = key.Low;
        _highAndCount = key.High | ((ulong)count << CountShift);
        _ids = ids;
    }

    /// <summary>Where in the arena the ids of an entry are that does not have them itself.</summary>
    public int Place => _ids.ToScalar();

    public int IdCount => (int)(_highAndCount >> CountShift);

    public ulong Low => _low;

    public PieceKey Key => new(_low, _highAndCount << 4 >> 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(in PieceKey key) => ((_low ^ key.Low) | ((_highAndCount ^ key.High) << 4)) == 0;

    /// <summary>Writes the ids of an entry that has them itself, and up to <see cref="PieceCache.WrittenIds"/> numbers in all.</summary>
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
