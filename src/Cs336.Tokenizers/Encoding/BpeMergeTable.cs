using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Looks up the merge of two neighbouring ids. Immutable, so threads share it.</summary>
internal sealed class BpeMergeTable
{
    /// <summary>The rank of a pair that does not merge: after every merge.</summary>
    public const int NoMerge = int.MaxValue;

    private const ulong Multiplier = 0x9E3779B97F4A7C15;
    private const int FilterBitsPerSlotLog2 = 2;

    private readonly int[] _results;

    // Every pre-token starts as bytes, so the ranks of pairs of bytes are looked up most: a dense table needs no search.
    private readonly int[] _bytePairRanks = new int[256 * 256];

    // All pairs, by open addressing with linear probing; at most half full, so a search is short and always ends.
    private readonly Slot[] _slots;
    private readonly int _shift;

    // Most pairs that are looked up do not merge. A bit for each hash tells so without a load from the table, which does
    // not fit the nearest caches as these bits do. With eight or more for each merge, few pairs pass by chance.
    private readonly ulong[] _mayMerge;

    public BpeMergeTable(BpeSymbols symbols)
    {
        IReadOnlyList<BpeMerge> merges = symbols.Merges;
        int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)merges.Count * 2 + 2));
        _shift = 64 - bits;
        _slots = new Slot[1 << bits];
        _mayMerge = new ulong[Math.Max(1, (_slots.Length << FilterBitsPerSlotLog2) / 64)];
        Array.Fill(_slots, new Slot { Rank = NoMerge });
        _results = new int[merges.Count];
        for (int rank = 0; rank < merges.Count; rank++)
        {
            _results[rank] = merges[rank].Result;
            Add(Key(merges[rank].Left, merges[rank].Right), rank);
        }
        for (int left = 0; left < 256; left++)
        {
            for (int right = 0; right < 256; right++)
                _bytePairRanks[(left << 8) | right] = Rank(symbols.OfByte((byte)left), symbols.OfByte((byte)right));
        }
    }

    /// <summary>The number of merges.</summary>
    public int Count => _results.Length;

    /// <summary>The place of a pair's merge in the order of merges, or <see cref="NoMerge"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right)
    {
        ulong key = Key(left, right);
        ulong hash = key * Multiplier;
        int bit = FilterBit(hash);
        return (_mayMerge[bit >> 6] >> bit & 1) == 0 ? NoMerge : Find(key, hash);
    }

    /// <summary>As <see cref="Rank"/>, of the symbols of two bytes.</summary>
    public int RankOfBytes(byte left, byte right) => _bytePairRanks[(left << 8) | right];

    /// <summary>The id that the merge of a rank makes.</summary>
    public int Result(int rank) => _results[rank];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Find(ulong key, ulong hash)
    {
        Slot[] slots = _slots;
        for (int i = (int)(hash >> _shift); ; i = (i + 1) & (slots.Length - 1))
        {
            ref Slot slot = ref slots[i];
            if (slot.Key == key || slot.Rank == NoMerge) return slot.Rank;
        }
    }

    private int FilterBit(ulong hash) => (int)(hash >> (_shift - FilterBitsPerSlotLog2));

    private static ulong Key(int left, int right) => ((ulong)(uint)left << 32) | (uint)right;

    private void Add(ulong key, int rank)
    {
        ulong hash = key * Multiplier;
        int bit = FilterBit(hash);
        _mayMerge[bit >> 6] |= 1UL << bit;
        int i = (int)(hash >> _shift);
        while (_slots[i].Rank != NoMerge) i = (i + 1) & (_slots.Length - 1);
        _slots[i] = new Slot { Key = key, Rank = rank };
    }

    private struct Slot
    {
        public ulong Key;
        public int Rank;
    }
}
