using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>How often each pre-token stands in a text. For one thread.</summary>
internal sealed class PreTokenCounts : IPreTokenCollection
{
    private readonly PreTokenKey[] _batch = new PreTokenKey[ShortPreTokenTable.BatchSize];
    private ShortPreTokenTable _short = new();
    private LongPreTokenTable _long = new();

    public bool IsEmpty => _short.Count + _long.Count == 0;

    /// <summary>What the counts take in memory, roughly, at the present number of pre-tokens.</summary>
    public long Bytes => (64L * _short.Count) + _long.Bytes;

    /// <summary>A hash of a pre-token.</summary>
    public static uint Hash(ReadOnlySpan<byte> preToken) => preToken.Length > PreTokenKey.MaxPackedLength
        ? (uint)(LongPreTokenTable.Hash(preToken) >> 32)
        : ShortPreTokenTable.Hash(PreTokenKey.Of(preToken));

    /// <summary>Counts the pre-tokens of a text.</summary>
    /// <param name="text">The text, and at least <see cref="PreTokenKey.BytesRead"/> bytes after its last pre-token's first byte.</param>
    /// <param name="ends">The offset after each pre-token.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> text, ReadOnlySpan<int> ends)
    {
        int start = 0;
        while (!ends.IsEmpty)
        {
            int step = Math.Min(ends.Length, _batch.Length);
            int packed = 0;
            foreach (int end in ends[..step])
            {
                int length = end - start;
                if (length <= PreTokenKey.MaxPackedLength) _batch[packed++] = PreTokenKey.Pack(text[start..], length);
                else _long.Add(text[start..end], 1);
                start = end;
            }
            _short.Add(_batch.AsSpan(0, packed));
            ends = ends[step..];
        }
    }

    /// <summary>Adds to the count of one pre-token.</summary>
    public void Add(ReadOnlySpan<byte> preToken, long count)
    {
        if (preToken.Length > PreTokenKey.MaxPackedLength)
        {
            _long.Add(preToken, count);
            return;
        }
        _short.Add(PreTokenKey.Of(preToken), count);
    }

    /// <summary>Adds what another thread counted.</summary>
    public void Add(PreTokenCounts other)
    {
        _short.Add(other._short);
        _long.Add(other._long);
    }

    /// <summary>Forgets all counts, which frees their memory even while callers still refer to this.</summary>
    public void Dispose() => (_short, _long) = (new(), new());

    /// <summary>Forgets all counts, and keeps the memory for others.</summary>
    public void Clear()
    {
        _short.Clear();
        _long.Clear();
    }

    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        _short.Visit(ref visitor);
        _long.Visit(ref visitor);
    }
}
