using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Collects ids in pooled chunks of memory, so that growing copies nothing; dispose it to give them back.</summary>
/// <param name="expected">About how many ids are to come.</param>
internal sealed class IdBuffer(int expected) : IBufferWriter<int>, IDisposable
{
    private const int MinChunkLength = 256;
    private const int MaxChunkLength = 1 << 18;

    private readonly List<(int[] Ids, int Count)> _full = [];
    private int[] _current = ArrayPool<int>.Shared.Rent(Math.Clamp(expected, MinChunkLength, MaxChunkLength));
    private int _count;

    public void Advance(int count) => _count += count;

    public Memory<int> GetMemory(int sizeHint = 0)
    {
        if (_current.Length - _count < Math.Max(sizeHint, 1))
        {
            _full.Add((_current, _count));
            _current = ArrayPool<int>.Shared.Rent(Math.Max(sizeHint, MaxChunkLength));
            _count = 0;
        }
        return _current.AsMemory(_count);
    }

    public Span<int> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>All ids.</summary>
    public int[] ToArray()
    {
        long length = _count;
        foreach ((_, int count) in _full) length += count;
        int[] ids = GC.AllocateUninitializedArray<int>(checked((int)length));
        Span<int> rest = ids;
        foreach ((int[] chunk, int count) in _full)
        {
            chunk.AsSpan(0, count).CopyTo(rest);
            rest = rest[count..];
        }
        _current.AsSpan(0, _count).CopyTo(rest);
        return ids;
    }

    public void Dispose()
    {
        foreach ((int[] chunk, _) in _full) ArrayPool<int>.Shared.Return(chunk);
        ArrayPool<int>.Shared.Return(_current);
        _full.Clear();
        _current = [];
        _count = 0;
    }
}
