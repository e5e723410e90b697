using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Unicode;

namespace Cs336.Tokenizers;

/// <summary>Counts the pre-tokens of a corpus on several threads, special tokens left out.</summary>
/// <remarks>
/// Each thread counts in a table of its own, which stays small enough for the processor's caches: when it is full it goes
/// to a store that all share. Tables that never fill are added up at the end, without a store.
/// </remarks>
/// <param name="preTokenizer">What cuts text.</param>
/// <param name="specialTokens">Divide the text, and are not counted.</param>
/// <param name="threadCount">How many threads count.</param>
/// <param name="memoryBudget">About how many bytes of memory counts may take; null for as many as they need.</param>
/// <param name="progress">Is told how far the counting has come, and when to stop.</param>
internal sealed class PreTokenCounter(
    IPreTokenizer preTokenizer, SpecialTokenMatcher specialTokens, int threadCount, long? memoryBudget, ICountingProgress progress)
{
    private const int MaxTableBytes = 1 << 24;

    private readonly Lock _gate = new();

    // Of a budget, tables take up to a quarter, and as much again while they grow; the store takes half.
    private readonly long _tableBytes = Math.Min(MaxTableBytes, (memoryBudget ?? long.MaxValue) / threadCount / 4);
    private PreTokenStore? _store;
    private long _blocks; // given out so far
    private long _failedBlock = long.MaxValue;
    private Exception? _failure;

    /// <summary>The number of bytes counted.</summary>
    public long BytesRead { get; private set; }

    /// <summary>Counts all there is.</summary>
    /// <exception cref="InvalidDataException">The text is not valid UTF-8; the message gives its name and the byte offset.</exception>
    /// <returns>The counts, for the caller to dispose.</returns>
    public IPreTokenCollection Count(TextBlockSource source)
    {
        try
        {
            PreTokenCounts[] all = CountOnThreads(source);
            if (_failure is not null) ExceptionDispatchInfo.Throw(_failure);
            return Join(all);
        }
        catch
        {
            _store?.Dispose();
            throw;
        }
    }

    private PreTokenCounts[] CountOnThreads(TextBlockSource source)
    {
        TextBlock first = new();
        if (!source.TryRead(first)) return [new PreTokenCounts()];
        _blocks = 1;

        PreTokenCounts[] all = new PreTokenCounts[source.IsAtEnd ? 1 : threadCount];
        all[0] = new PreTokenCounts();
        Thread[] threads = new Thread[all.Length - 1];
        for (int i = 0; i < threads.Length; i++)
        {
            PreTokenCounts own = all[i + 1] = new PreTokenCounts();
            threads[i] = new Thread(() => Work(source, own, block: null)) { IsBackground = true, Name = $"BPE counter {i + 1}" };
            threads[i].Start();
        }
        Work(source, all[0], first);
        foreach (Thread thread in threads) thread.Join();
        return all;
    }

    private IPreTokenCollection Join(PreTokenCounts[] all)
    {
        PreTokenCounts empty = new();
        foreach (PreTokenCounts counts in all.AsSpan(_store is null ? 1 : 0))
        {
            if (_store is null) all[0].Add(counts);
            else _store.Take(counts, empty);
            counts.Dispose();
            progress.ThrowIfCancelled();
        }
        if (_store is null) return all[0];
        _store.AddUp(threadCount);
        progress.SpilledBytes = _store.FileBytes;
        return _store;
    }

    private void Work(TextBlockSource source, PreTokenCounts counts, TextBlock? block)
    {
        long number = 0;
        try
        {
            int[] ends = new int[4096];
            PreTokenCounts empty = new();
            bool more = true;
            if (block is null) more = TryRead(source, block = new TextBlock(), out number);
            while (more)
            {
                CheckUtf8(block);
                CountBlock(block, counts, ends);
                if (counts.Bytes > _tableBytes) Store(counts, empty);
                lock (_gate)
                {
                    BytesRead += block.Length;
                    progress.SpilledBytes = _store?.FileBytes ?? 0;
                    progress.AddBytes(block.SourceLength);
                }
                more = TryRead(source, block, out number);
            }
        }
        catch (Exception e)
        {
            // Blocks are given out in order and each is finished, so the first one that fails is the same for any
            // number of threads.
            lock (_gate)
            {
                if (number > _failedBlock) return;
                _failedBlock = number;
                _failure = e;
            }
        }
    }

    private void Store(PreTokenCounts counts, PreTokenCounts empty)
    {
        lock (_gate) _store ??= new PreTokenStore((memoryBudget ?? long.MaxValue) / 2);
        _store.Take(counts, empty);
    }

    private bool TryRead(TextBlockSource source, TextBlock block, out long number)
    {
        lock (_gate)
        {
            number = _blocks++;
            return _failure is null && source.TryRead(block);
        }
    }

    private static void CheckUtf8(TextBlock block)
    {
        ReadOnlySpan<byte> text = block.Text;
        if (Utf8.IsValid(text)) return;
        int position = 0;
        while (Rune.DecodeFromUtf8(text[position..], out _, out int length) == OperationStatus.Done) position += length;
        throw new InvalidDataException(
            $"{block.Name} is not valid UTF-8: byte {block.Offset + position} is 0x{text[position]:x2}. Convert the text to UTF-8 first.");
    }

    private void CountBlock(TextBlock block, PreTokenCounts counts, int[] ends)
    {
        int start = 0;
        foreach (int end in block.TextEnds)
        {
            CountText(block, start, end, counts, ends);
            start = end;
        }
        CountText(block, start, block.Length, counts, ends);
    }

    private void CountText(TextBlock block, int start, int end, PreTokenCounts counts, int[] ends)
    {
        while (start < end)
        {
            specialTokens.TryFind(block.Text[start..end], out int plain, out int special, out _);
            for (int stop = start + plain; start < stop;)
            {
                int found = preTokenizer.Split(block.Text[start..stop], ends);
                counts.Add(block.Padded(start, stop - start), ends.AsSpan(0, found));
                start += ends[found - 1];
            }
            start += special;
        }
    }
}
