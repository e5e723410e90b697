using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Finds the token that a pre-token is as a whole. Immutable, so threads share it.</summary>
/// <remarks>
/// Open addressing with linear probing, at most half full. A slot holds a token's hash and its id and is 0 where it is free, so that what
/// is no token, as most pre-tokens are that come here, is told by one load from memory.
/// </remarks>
internal sealed class WholeTokens
{
    // Unknown to whoever makes a file or a text, so that nobody can make one whose hashes are all alike.
    private static readonly ulong Multiplier = (ulong)Random.Shared.NextInt64() << 1 | 1;

    private readonly BpeVocabulary _vocabulary;
    private readonly ulong[] _slots;
    private readonly int _shift;

    /// <summary>All tokens of a vocabulary; of tokens with the same bytes the first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public WholeTokens(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        int bits = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)vocabulary.VocabSize * 2 + 2));
        _slots = new ulong[1 << bits];
        _shift = 64 - bits;
        for (int id = 0; id < vocabulary.VocabSize; id++)
        {
            if (!vocabulary.HasToken(id)) continue;
            ReadOnlySpan<byte> token = vocabulary.GetMergedBytes(id);
            ulong hash = Hash(token);
            if (Find(token, hash, out int slot) < 0) _slots[slot] = Tag(hash) | (uint)(id + 1);
        }
    }

    /// <summary>The id of a token; -1 where there is no such token.</summary>
    public int Find(ReadOnlySpan<byte> token) => Find(token, Hash(token), out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Find(ReadOnlySpan<byte> token, ulong hash, out int slot)
    {
        ulong[] slots = _slots;
        for (slot = (int)(hash >> _shift); slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
        {
            if (Tag(slots[slot]) != Tag(hash)) continue;
            int id = (int)(uint)slots[slot] - 1;
            if (_vocabulary.GetMergedBytes(id).SequenceEqual(token)) return id;
        }
        return -1;
    }

    private static ulong Tag(ulong hash) => hash & 0xFFFF_FFFF_0000_0000;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        ulong hash = (ulong)bytes.Length;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            hash = Mix(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        ulong rest = 0;
        foreach (byte value in bytes) rest = (rest << 8) | value;
        return Mix(hash, rest);
    }

    /// <summary>Both halves of a product, one over the other: each bit of a factor reaches all bits of the result.</summary>
    private static ulong Mix(ulong hash, ulong word)
    {
        ulong high = Math.BigMul(hash ^ word, Multiplier, out ulong low);
        return high ^ low;
    }
}
