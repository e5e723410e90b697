using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Counts ids and forgets them.</summary>
internal sealed class CountingWriter : IBufferWriter<int>
{
    private int[] _scratch = new int[4096];

    /// <summary>How many ids were written.</summary>
    public long Count { get; private set; }

    public void Advance(int count) => Count += count;

    public Memory<int> GetMemory(int sizeHint = 0)
    {
        if (_scratch.Length < sizeHint) _scratch = new int[sizeHint];
        return _scratch;
    }

    public Span<int> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
}
