using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// Where a <see cref="PreTokenCache"/> keeps what its entries have no room for: many ids, and the bytes of long pre-tokens.
/// </summary>
/// <remarks>
/// Records lie one after the other: the number of ids, the number of bytes, the ids, the bytes. Ids take 16 bits where all
/// fit: so a text in many scripts has its words in here at once, and no more memory is read than must be.
/// </remarks>
internal sealed class PreTokenArena
{
    private const int MinSize = 1 << 14;
    private const int HeadSize = 2 * sizeof(ushort);

    /// <summary>
    /// Ids are read and written so many at a time, even where a record has fewer; hence some unused memory after the last record.
    /// </summary>
    private const int IdsAtOnce = PreTokenCache.WrittenIds;

    private readonly bool _isNarrow;
    private readonly int _maxSize;
    private byte[] _memory = new byte[MinSize];
    private int _used;

    /// <summary>An empty arena.</summary>
    /// <param name="isNarrow">Whether every id fits 16 bits.</param>
    /// <param name="maxSize">The most bytes it may take.</param>
    public PreTokenArena(bool isNarrow, int maxSize)
    {
        _isNarrow = isNarrow;
        _maxSize = maxSize;
    }

    /// <summary>An arena with what another one holds, at the same places.</summary>
    public PreTokenArena(PreTokenArena other)
    {
        _isNarrow = other._isNarrow;
        _maxSize = other._maxSize;
        _memory = other._memory.AsSpan().ToArray();
        _used = other._used;
    }

    /// <summary>How many bytes it takes.</summary>
    public int Size => _memory.Length;

    /// <summary>An arena takes over no more than this from a full one, so that it has room for newcomers.</summary>
    private int MaxTakenOver => _maxSize / 4 * 3;

    private int BytesPerId => _isNarrow ? sizeof(ushort) : sizeof(int);

    /// <summary>Keeps ids and bytes and gives their place, unless the arena is full.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryAdd(ReadOnlySpan<byte> bytes, ReadOnlySpan<int> ids, out int place)
    {
        int idBytes = ids.Length * BytesPerId;
        place = _used;
        if (!TryReserve(HeadSize + idBytes + bytes.Length, _maxSize)) return false;
        Span<byte> record = _memory.AsSpan(place);
        BinaryPrimitives.WriteUInt16LittleEndian(record, (ushort)ids.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(record[sizeof(ushort)..], (ushort)bytes.Length);
        if (_isNarrow)
        {
            Span<ushort> narrow = MemoryMarshal.Cast<byte, ushort>(record.Slice(HeadSize, idBytes));
            for (int i = 0; i < ids.Length; i++) narrow[i] = (ushort)ids[i];
        }
        else
        {
            MemoryMarshal.AsBytes(ids).CopyTo(record[HeadSize..]);
        }
        bytes.CopyTo(record[(HeadSize + idBytes)..]);
        return true;
    }

    /// <summary>Writes the ids of a record and returns how many there are: none where its bytes are others.</summary>
    /// <param name="place">Where the record is.</param>
    /// <param name="bytes">The bytes that it was added with.</param>
    /// <param name="ids">Room for the ids and <see cref="PreTokenCache.WrittenIds"/> more.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public int Read(int place, ReadOnlySpan<byte> bytes, Span<int> ids)
    {
        ReadOnlySpan<byte> record = _memory.AsSpan(place);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(record);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(record[sizeof(ushort)..]);
        int idBytes = count * BytesPerId;
        if (length != bytes.Length || !AreEqual(record.Slice(HeadSize + idBytes, length), bytes)) return 0;
        if (!_isNarrow) MemoryMarshal.Cast<byte, int>(record.Slice(HeadSize, idBytes)).CopyTo(ids);
        else Widen(MemoryMarshal.Cast<byte, ushort>(record[HeadSize..]), count, ids);
        return count;
    }

    /// <summary>
    /// Whether two spans of the same length are equal: without a call where they have the length of a long word, or none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreEqual(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other)
    {
        if (other.IsEmpty) return true;
        int last = other.Length - Vector128<byte>.Count;
        if (!Vector128.IsHardwareAccelerated || last < 0 || last > Vector128<byte>.Count) return one.SequenceEqual(other);
        Vector128<byte> starts = Vector128.Create(one) ^ Vector128.Create(other);
        Vector128<byte> ends = Vector128.Create(one[last..]) ^ Vector128.Create(other[last..]);
        return (starts | ends) == Vector128<byte>.Zero;
    }

    /// <summary>Takes over a record of another arena, unless so much was taken over already that this one would soon be full.</summary>
    public bool TryTakeOver(PreTokenArena other, int place, out int newPlace)
    {
        ReadOnlySpan<byte> record = other._memory.AsSpan(place);
        int size = HeadSize + (BinaryPrimitives.ReadUInt16LittleEndian(record) * BytesPerId)
            + BinaryPrimitives.ReadUInt16LittleEndian(record[sizeof(ushort)..]);
        newPlace = _used;
        if (!TryReserve(size, MaxTakenOver)) return false;
        record[..size].CopyTo(_memory.AsSpan(newPlace));
        return true;
    }

    private bool TryReserve(int size, int limit)
    {
        int end = _used + size + (IdsAtOnce * sizeof(ushort));
        if (end > limit) return false;
        if (end > _memory.Length) Array.Resize(ref _memory, Math.Max(end, Math.Min(2 * _memory.Length, _maxSize)));
        _used += size;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Widen(ReadOnlySpan<ushort> narrow, int count, Span<int> ids)
    {
        if (!Vector128.IsHardwareAccelerated)
        {
            for (int i = 0; i < count; i++) ids[i] = narrow[i];
            return;
        }
        for (int i = 0; i < count; i += IdsAtOnce)
        {
            (Vector128<uint> lower, Vector128<uint> upper) = Vector128.Widen(Vector128.Create(narrow[i..]));
            lower.AsInt32().CopyTo(ids[i..]);
            upper.AsInt32().CopyTo(ids[(i + Vector128<int>.Count)..]);
        }
    }
}
