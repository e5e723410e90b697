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

    private readonly BpeMerge[] _merges;

    // Every pre-token starts as bytes, so the ranks of pairs of bytes are looked up most: a dense table needs no search.
    private readonly int[] _bytePairRanks = new int[256 * 256];

    // All pairs, by open addressing with linear probing; at most half full, so a search is short and always ends. A slot holds the pair
    // above its rank and one, and is 0 where it is free: one load tells all. Where ids are so many that a pair does not fit, the merge
    // itself is looked at, too.
    private readonly ulong[] _slots;
    private readonly int _shift, _pairShift, _rightBits;
    private readonly bool _pairsFit;

    // What each merge makes: of all that is known of it this is what is asked for most.
    private readonly int[] _results;

    // Most pairs that are looked up do not merge. A bit for each hash tells so without a load from the table, which does
    // not fit the nearest caches as these bits do. With eight or more for each merge, few pairs pass by chance.
    private readonly ulong[] _mayMerge;

    /// <summary>The merges of a vocabulary.</summary>
    public BpeMergeTable(BpeSymbols symbols)
        : this(symbols, symbols.Count)
    {
    }

    /// <param name="symbols">The symbols and their merges.</param>
    /// <param name="symbolCount">The number that all symbols are below, by which a slot is divided.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal BpeMergeTable(BpeSymbols symbols, int symbolCount)
    {
        _merges = symbols.Merges;
        int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)_merges.Length * 2 + 2));
        _shift = 64 - bits;
        _slots = new ulong[1 << bits];
        _mayMerge = new ulong[Math.Max(1, (_slots.Length << FilterBitsPerSlotLog2) / 64)];
        _results = new int[_merges.Length];
        _rightBits = BitOperations.Log2((uint)symbolCount) + 1;
        _pairShift = Math.Max(64 - (2 * _rightBits), bits);
        _pairsFit = _pairShift + (2 * _rightBits) <= 64;
        for (int rank = 0; rank < _merges.Length; rank++) Add(_merges[rank], rank);
        for (int left = 0; left < 256; left++)
        {
            for (int right = 0; right < 256; right++)
                _bytePairRanks[(left << 8) | right] = Rank(symbols.OfByte((byte)left), symbols.OfByte((byte)right));
        }
    }

    /// <summary>The number of merges.</summary>
    public int Count => _merges.Length;

    /// <summary>The place of a pair's merge in the order of merges, or <see cref="NoMerge"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Rank(int left, int right)
    {
        ulong hash = Hash(left, right);
        int bit = FilterBit(hash);
        return (_mayMerge[bit >> 6] >> bit & 1) == 0 ? NoMerge : Find(left, right, hash);
    }

    /// <summary>As <see cref="Rank"/>, of the symbols of two bytes.</summary>
    public int RankOfBytes(byte left, byte right) => _bytePairRanks[(left << 8) | right];

    /// <summary>The id that the merge of a rank makes.</summary>
    public int Result(int rank) => _results[rank];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Find(int left, int right, ulong hash)
    {
        ulong[] slots = _slots;
        ulong pair = PairOf(left, right);
        for (int i = (int)(hash >> _shift); ; i = (i + 1) & (slots.Length - 1))
        {
            ulong slot = slots[i];
            if (slot == 0) return NoMerge;
            // Of two equal pairs nothing is left above the rank.
            ulong rest = slot ^ pair;
            if (rest >> _pairShift != 0) continue;
            int rank = (int)rest - 1;
            if (_pairsFit || (_merges[rank].Left == left && _merges[rank].Right == right)) return rank;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(in BpeMerge merge, int rank)
    {
        ulong hash = Hash(merge.Left, merge.Right);
        int bit = FilterBit(hash);
        _mayMerge[bit >> 6] |= 1UL << bit;
        int i = (int)(hash >> _shift);
        while (_slots[i] != 0) i = (i + 1) & (_slots.Length - 1);
        _slots[i] = PairOf(merge.Left, merge.Right) | (uint)(rank + 1);
        _results[rank] = merge.Result;
    }

    private static ulong Hash(int left, int right) => (((ulong)(uint)left << 32) | (uint)right) * Multiplier;

    private int FilterBit(ulong hash) => (int)(hash >> (_shift - FilterBitsPerSlotLog2));

    /// <summary>A pair above the bits of the ranks.</summary>
    private ulong PairOf(int left, int right) => (((ulong)(uint)left << _rightBits) | (uint)right) << _pairShift;
}
