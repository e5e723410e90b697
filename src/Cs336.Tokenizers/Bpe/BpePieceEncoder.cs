using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Encodes one pre-token at a time, remembering the ids of short ones it has met.</summary>
internal sealed class BpePieceEncoder
{
    private const int CacheSize = 1 << 16;
    private const int LongestCached = 64;
    private const int LongestScanned = 64;

    private readonly int[] _byteIds;
    private readonly BpeMergeTable _merges;

    // Entries are immutable and a reference is written at once, so threads may share the cache without locks: at worst
    // two of them work out the same piece. A newcomer takes the place of whatever has the same slot.
    private readonly CachedPiece?[] _cache = new CachedPiece?[CacheSize];

    public BpePieceEncoder(BpeModel model)
    {
        _byteIds = [.. Enumerable.Range(0, 256).Select(value => model.GetByteId((byte)value))];
        _merges = new BpeMergeTable(model.Merges);
    }

    public void Encode(ReadOnlySpan<byte> piece, IBufferWriter<int> ids)
    {
        if (piece.Length == 1)
        {
            ids.GetSpan(1)[0] = _byteIds[piece[0]];
            ids.Advance(1);
            return;
        }
        if (piece.Length > LongestCached)
        {
            EncodeUncached(piece, ids);
            return;
        }
        ref CachedPiece? slot = ref _cache[ByteHash.Of(piece) % CacheSize];
        CachedPiece? cached = slot;
        if (cached is null || !piece.SequenceEqual(cached.Bytes))
        {
            Span<int> symbols = stackalloc int[piece.Length];
            cached = new CachedPiece(piece.ToArray(), symbols[..Merge(piece, symbols)].ToArray());
            slot = cached;
        }
        cached.Ids.CopyTo(ids.GetSpan(cached.Ids.Length));
        ids.Advance(cached.Ids.Length);
    }

    private void EncodeUncached(ReadOnlySpan<byte> piece, IBufferWriter<int> ids)
    {
        int[] symbols = ArrayPool<int>.Shared.Rent(piece.Length);
        ids.Write(symbols.AsSpan(0, Merge(piece, symbols)));
        ArrayPool<int>.Shared.Return(symbols);
    }

    private int Merge(ReadOnlySpan<byte> piece, Span<int> symbols)
    {
        symbols = symbols[..piece.Length];
        for (int i = 0; i < piece.Length; i++) symbols[i] = _byteIds[piece[i]];
        return piece.Length <= LongestScanned ? BpeMerging.Scan(_merges, symbols) : BpeMerging.Queue(_merges, symbols);
    }

    private sealed record CachedPiece(byte[] Bytes, int[] Ids);
}
