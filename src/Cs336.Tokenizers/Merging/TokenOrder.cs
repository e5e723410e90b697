using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The bytes of tokens, and their lexicographical order.</summary>
internal sealed class TokenOrder
{
    private readonly List<byte[]> _tokens = [];

    // The first eight bytes decide nearly always, and compare as one number.
    private readonly List<ulong> _prefixes = [];

    /// <summary>The number of tokens.</summary>
    public int Count => _tokens.Count;

    /// <summary>The bytes of every token.</summary>
    public IReadOnlyList<byte[]> All => _tokens;

    /// <summary>The bytes of a token.</summary>
    public byte[] this[int token] => _tokens[token];

    /// <summary>Adds the token that is next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(byte[] bytes)
    {
        Span<byte> prefix = stackalloc byte[sizeof(ulong)];
        bytes.AsSpan(0, Math.Min(bytes.Length, prefix.Length)).CopyTo(prefix);
        _tokens.Add(bytes);
        _prefixes.Add(BinaryPrimitives.ReadUInt64BigEndian(prefix));
    }

    /// <summary>Compares the bytes of two tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Compare(int x, int y)
    {
        if (x == y) return 0;
        int byPrefix = _prefixes[x].CompareTo(_prefixes[y]);
        return byPrefix != 0 ? byPrefix : _tokens[x].AsSpan().SequenceCompareTo(_tokens[y]);
    }
}
