using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>
/// One shard of a <see cref="PreTokenStore"/>: counts of some pre-tokens as records, one after the other: length, bytes, count.
/// A pre-token may have several records until they are added up. Records lie in memory, and in a file where memory is short. For one
/// thread at a time.
/// </summary>
internal sealed class PreTokenShard(PagePool pool) : IDisposable
{
    private const int MaxNumberLength = 10;

    // Adding up fewer bytes than this frees too little.
    private const int MinBytesToAddUp = 1 << 16;

    private readonly List<Page> _pages = [];
    private FileStream? _file;
    private long _bytes;
    private long _bytesAddedUp;

    /// <summary>Whether the records in memory have doubled since they were last added up.</summary>
    public bool IsDue => _bytes > (2 * _bytesAddedUp) + MinBytesToAddUp;

    /// <summary>Adds a record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<byte> preToken, long count)
    {
        int maxLength = preToken.Length + (2 * MaxNumberLength);
        if (_pages.Count == 0 || _pages[^1].Length - _pages[^1].Used < maxLength) _pages.Add(pool.Rent(maxLength));
        ref Page page = ref CollectionsMarshal.AsSpan(_pages)[^1];
        Span<byte> free = page.Free;
        int written = WriteNumber(free, (ulong)preToken.Length);
        preToken.CopyTo(free[written..]);
        written += preToken.Length;
        written += WriteNumber(free[written..], (ulong)count);
        page.Used += written;
        _bytes += written;
    }

    /// <summary>Leaves one record in memory for each pre-token that has any there.</summary>
    /// <param name="empty">Counts in which records are added up: empty before and afterwards.</param>
    public void AddUp(PreTokenCounts empty)
    {
        Adder adder = new(empty);
        VisitPages(ref adder);
        ReleasePages();
        Writer writer = new(this);
        empty.Visit(ref writer);
        empty.Clear();
        _bytesAddedUp = _bytes;
    }

    /// <summary>Moves the records from memory to a file, which vanishes when this is disposed or the process ends.</summary>
    /// <returns>By how many bytes the file grew.</returns>
    public long Spill()
    {
        _file ??= TemporaryFile.Create(bufferSize: 4096);
        long before = _file.Length;
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (Page page in _pages)
        {
            BinaryPrimitives.WriteInt32LittleEndian(length, page.Used);
            _file.Write(length);
            _file.Write(page.Written);
        }
        ReleasePages();
        _bytesAddedUp = 0;
        return _file.Length - before;
    }

    /// <summary>Shows each pre-token and its count to a visitor; records in memory must have been added up.</summary>
    /// <param name="visitor">Is shown every pre-token once.</param>
    /// <param name="empty">Counts in which records are added up: empty before and afterwards.</param>
    public void Visit<TVisitor>(ref TVisitor visitor, PreTokenCounts empty)
        where TVisitor : struct, IPreTokenVisitor
    {
        if (_file is null)
        {
            VisitPages(ref visitor);
            return;
        }
        Adder adder = new(empty);
        VisitPages(ref adder);
        VisitFile(_file, ref adder);
        empty.Visit(ref visitor);
        empty.Clear();
    }

    public void Dispose()
    {
        ReleasePages();
        _file?.Dispose();
    }

    private void ReleasePages()
    {
        foreach (Page page in _pages) pool.Return(page);
        _pages.Clear();
        _bytes = 0;
    }

    private void VisitPages<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        foreach (Page page in _pages) VisitRecords(page.Written, ref visitor);
    }

    private static void VisitFile<TVisitor>(FileStream file, ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        byte[] bytes = [];
        Span<byte> length = stackalloc byte[sizeof(int)];
        file.Position = 0;
        for (long left = file.Length; left > 0;)
        {
            file.ReadExactly(length);
            int used = BinaryPrimitives.ReadInt32LittleEndian(length);
            if (bytes.Length < used) bytes = new byte[used];
            file.ReadExactly(bytes.AsSpan(0, used));
            VisitRecords(bytes.AsSpan(0, used), ref visitor);
            left -= sizeof(int) + used;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void VisitRecords<TVisitor>(ReadOnlySpan<byte> records, ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        for (int at = 0; at < records.Length;)
        {
            int length = (int)ReadNumber(records, ref at);
            ReadOnlySpan<byte> preToken = records.Slice(at, length);
            at += length;
            visitor.Visit(preToken, (long)ReadNumber(records, ref at));
        }
    }

    // Seven bits per byte, the lowest first; the eighth says that more bytes follow.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int WriteNumber(Span<byte> bytes, ulong value)
    {
        int written = 0;
        for (; value > 0x7F; value >>= 7) bytes[written++] = (byte)(value | 0x80);
        bytes[written++] = (byte)value;
        return written;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong ReadNumber(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = bytes[at++];
        if (value <= 0x7F) return value;
        value &= 0x7F;
        for (int shift = 7; ; shift += 7)
        {
            ulong next = bytes[at++];
            value |= (next & 0x7F) << shift;
            if (next <= 0x7F) return value;
        }
    }

    private readonly struct Adder(PreTokenCounts counts) : IPreTokenVisitor
    {
        public void Visit(ReadOnlySpan<byte> preToken, long count) => counts.Add(preToken, count);
    }

    private readonly struct Writer(PreTokenShard shard) : IPreTokenVisitor
    {
        public void Visit(ReadOnlySpan<byte> preToken, long count) => shard.Add(preToken, count);
    }
}
