namespace Cs336.Tokenizers;

/// <summary>A stretch of bytes, and how many of them are written.</summary>
internal record struct Page(byte[] Bytes, int Start, int Length, int Used)
{
    /// <summary>What is written.</summary>
    public readonly ReadOnlySpan<byte> Written => Bytes.AsSpan(Start, Used);

    /// <summary>What is not.</summary>
    public readonly Span<byte> Free => Bytes.AsSpan(Start + Used, Length - Used);
}

/// <summary>
/// Hands out pages of memory and takes them back, so that memory that is written anew all the time makes no garbage. For any
/// thread.
/// </summary>
internal sealed class PagePool
{
    private const int PageSize = 1 << 14;
    private const int SlabSize = 1 << 20;

    private readonly Lock _gate = new();
    private readonly Stack<Page> _free = [];
    private long _rented;

    /// <summary>The bytes of the pages that are in use.</summary>
    public long RentedBytes => Interlocked.Read(ref _rented);

    /// <summary>An empty page of at least a number of bytes.</summary>
    public Page Rent(int length)
    {
        Interlocked.Add(ref _rented, Math.Max(length, PageSize));
        if (length > PageSize) return new Page(new byte[length], 0, length, 0);
        lock (_gate)
        {
            if (_free.Count == 0) AddSlab();
            return _free.Pop();
        }
    }

    /// <summary>Takes back a page.</summary>
    public void Return(Page page)
    {
        Interlocked.Add(ref _rented, -page.Length);
        if (page.Length > PageSize) return;
        lock (_gate) _free.Push(page with { Used = 0 });
    }

    /// <summary>Lets the pages go that are not in use.</summary>
    public void Clear()
    {
        lock (_gate) _free.Clear();
    }

    private void AddSlab()
    {
        byte[] slab = GC.AllocateUninitializedArray<byte>(SlabSize);
        for (int start = SlabSize - PageSize; start >= 0; start -= PageSize) _free.Push(new Page(slab, start, PageSize, 0));
    }
}
