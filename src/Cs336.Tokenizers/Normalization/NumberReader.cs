namespace Cs336.Tokenizers;

/// <summary>Reads the numbers of <see cref="UnicodeFormData"/>: seven bits a byte, the lowest first; the eighth tells of more.</summary>
internal ref struct NumberReader(ReadOnlySpan<byte> data)
{
    private readonly ReadOnlySpan<byte> _data = data;
    private int _position;

    /// <summary>The next number, from 0.</summary>
    public int Read()
    {
        int number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = _data[_position++];
            number |= (part & 0x7F) << shift;
            if (part < 0x80) return number;
        }
    }

    /// <summary>The next number, which may be negative: its sign is the lowest bit.</summary>
    public int ReadSigned()
    {
        int number = Read();
        return (number >> 1) ^ -(number & 1);
    }
}
