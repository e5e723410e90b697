using System.Runtime.InteropServices;

namespace Cs336.Tokenizers;

/// <summary>
/// Puts pre-tokens into order: in memory as long as they fit, else in temporary files, each in order, that are read together.
/// </summary>
/// <param name="maxBytes">About how much memory they may take.</param>
internal sealed class CountSorter(long maxBytes) : IDisposable
{
    private const int EntryBytes = 32;

    private readonly List<FileStream> _runs = [];
    private readonly List<Entry> _entries = [];
    private byte[] _bytes = new byte[1 << 16];
    private int _used;

    /// <summary>Takes a pre-token and its count; one that comes again is added up when all are read.</summary>
    public void Add(ReadOnlySpan<byte> preToken, long count)
    {
        if (_used + preToken.Length + ((long)_entries.Count * EntryBytes) > maxBytes || preToken.Length > Array.MaxLength - _used) Spill();
        if (_bytes.Length - _used < preToken.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(2L * _bytes.Length, _used + preToken.Length)));
        preToken.CopyTo(_bytes.AsSpan(_used));
        _entries.Add(new Entry(CountOrder.PrefixOf(preToken), _used, preToken.Length, count));
        _used += preToken.Length;
    }

    /// <summary>What was taken, in order.</summary>
    public CountMerge Read()
    {
        Sort();
        List<ICountSource> sources = [new SortedEntries(_entries, _bytes)];
        foreach (FileStream run in _runs) sources.Add(new CountRecordReader(run.SafeFileHandle, run.Name, 0, run.Length));
        return new CountMerge(sources);
    }

    public void Dispose()
    {
        foreach (FileStream run in _runs) run.Dispose();
    }

    private void Spill()
    {
        if (_entries.Count == 0) return;
        Sort();
        FileStream run = TemporaryFile.Create(bufferSize: 0);
        _runs.Add(run);
        CountRecordWriter writer = new(run);
        foreach (Entry entry in _entries) writer.Add(_bytes.AsSpan(entry.Start, entry.Length), entry.Count);
        writer.Flush();
        _entries.Clear();
        _used = 0;
    }

    private void Sort()
    {
        byte[] bytes = _bytes;
        CollectionsMarshal.AsSpan(_entries).Sort((x, y) =>
        {
            int order = x.Prefix.CompareTo(y.Prefix);
            return order != 0 ? order
                : bytes.AsSpan(x.Start, x.Length).SequenceCompareTo(bytes.AsSpan(y.Start, y.Length));
        });
    }

    private readonly record struct Entry(ulong Prefix, int Start, int Length, long Count);

    private sealed class SortedEntries(List<Entry> entries, byte[] bytes) : ICountSource
    {
        private int _at = -1;

        public ReadOnlySpan<byte> PreToken => bytes.AsSpan(entries[_at].Start, entries[_at].Length);

        public ulong Prefix => entries[_at].Prefix;

        public long Count => entries[_at].Count;

        public bool MoveNext() => ++_at < entries.Count;
    }
}
