namespace Cs336.Tokenizers;

/// <summary>A small number for each code point, in blocks of which most code points share the one that is all zero.</summary>
internal sealed class CodePointMap
{
    private const int BlockBits = 7, BlockSize = 1 << BlockBits;

    private readonly ushort[] _blocks = new ushort[0x110000 >> BlockBits];
    private ushort[] _values = new ushort[256 * BlockSize];
    private int _blockCount = 1;

    /// <summary>The number of a code point; 0 where none was set.</summary>
    public int this[int codePoint] => _values[(_blocks[codePoint >> BlockBits] << BlockBits) | (codePoint & (BlockSize - 1))];

    /// <summary>Sets the number of a code point.</summary>
    public void Set(int codePoint, int value)
    {
        ref ushort block = ref _blocks[codePoint >> BlockBits];
        if (block == 0) block = AddBlock();
        _values[(block << BlockBits) | (codePoint & (BlockSize - 1))] = (ushort)value;
    }

    /// <summary>Sets the number of a range of code points whose first block has been left alone; whole blocks of it share one.</summary>
    public void Fill(int first, int end, int value)
    {
        int whole = end & -BlockSize;
        ushort block = AddBlock();
        _values.AsSpan(block << BlockBits, BlockSize).Fill((ushort)value);
        _blocks.AsSpan(first >> BlockBits, (whole - first) >> BlockBits).Fill(block);
        for (int codePoint = whole; codePoint < end; codePoint++) Set(codePoint, value);
    }

    /// <summary>Calls for each code point that has a number.</summary>
    public void ForEach(Action<int, int> action)
    {
        for (int index = 0; index < _blocks.Length; index++)
        {
            if (_blocks[index] == 0) continue;
            ReadOnlySpan<ushort> values = _values.AsSpan(_blocks[index] << BlockBits, BlockSize);
            for (int i = 0; i < BlockSize; i++)
            {
                if (values[i] != 0) action((index << BlockBits) | i, values[i]);
            }
        }
    }

    private ushort AddBlock()
    {
        if ((_blockCount + 1) << BlockBits > _values.Length) Array.Resize(ref _values, _values.Length * 2);
        return (ushort)_blockCount++;
    }
}
