using System.Buffers.Binary;

namespace Cs336.Training;

/// <summary>A message in the protocol buffers' wire format, field by field.</summary>
internal sealed class ProtocolBuffer
{
    private const int VarintType = 0, Fixed64Type = 1, BytesType = 2, Fixed32Type = 5;
    private readonly MemoryStream _content = new();

    public ReadOnlySpan<byte> Content => _content.GetBuffer().AsSpan(0, (int)_content.Length);

    public ProtocolBuffer Varint(int field, ulong value)
    {
        Tag(field, VarintType);
        WriteVarint(value);
        return this;
    }

    public ProtocolBuffer Fixed64(int field, double value)
    {
        Tag(field, Fixed64Type);
        Span<byte> bytes = stackalloc byte[sizeof(double)];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        _content.Write(bytes);
        return this;
    }

    public ProtocolBuffer Fixed32(int field, float value)
    {
        Tag(field, Fixed32Type);
        Span<byte> bytes = stackalloc byte[sizeof(float)];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        _content.Write(bytes);
        return this;
    }

    public ProtocolBuffer Bytes(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, BytesType);
        WriteVarint((ulong)value.Length);
        _content.Write(value);
        return this;
    }

    private void Tag(int field, int type) => WriteVarint((ulong)(field << 3 | type));

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _content.WriteByte((byte)(value | 0x80));
        _content.WriteByte((byte)value);
    }
}
