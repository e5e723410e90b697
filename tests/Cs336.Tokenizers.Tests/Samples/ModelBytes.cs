using System.Buffers.Binary;
using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Writes a SentencePiece model byte for byte, in protocol buffers' wire format.</summary>
internal sealed class ModelBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>Its length.</summary>
    public int Length => _bytes.Count;

    /// <summary>The bytes.</summary>
    public byte[] ToArray() => [.. _bytes];

    /// <summary>A field of any type: its tag, and the value's bytes.</summary>
    public ModelBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    /// <summary>A whole number.</summary>
    public ModelBytes Number(int field, ulong value) => Varint((ulong)field << 3).Varint(value);

    /// <summary>Bytes, or a message.</summary>
    public ModelBytes Bytes(int field, params byte[] value) => Varint(((ulong)field << 3) | 2).Varint((ulong)value.Length).Raw(value);

    /// <summary>A piece; types are 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte.</summary>
    public ModelBytes Piece(string text, float score, int type)
    {
        byte[] number = new byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(number, score);
        return Bytes(1, new ModelBytes().Bytes(1, Encoding.UTF8.GetBytes(text)).Raw(0x15).Raw(number).Number(3, (ulong)type).ToArray());
    }

    /// <summary>The kind of model (1 Unigram, 2 BPE, 3 word, 4 character), and whether bytes stand for other characters.</summary>
    public ModelBytes Trainer(int type, bool bytes = false, bool spaceAfter = false) =>
        Bytes(2, new ModelBytes().Number(3, (ulong)type).Number(24, spaceAfter ? 1u : 0).Number(35, bytes ? 1u : 0).ToArray());

    /// <summary>What is done to text.</summary>
    public ModelBytes Normalizer(bool space, bool removesExtra, byte[]? map = null) =>
        Bytes(3, new ModelBytes().Bytes(2, map ?? []).Number(3, space ? 1u : 0).Number(4, removesExtra ? 1u : 0).Number(5, 1).ToArray());

    /// <summary>A model of a few pieces: 0 unknown, 1 and 2 control, 3 user-defined, then characters and what merges make.</summary>
    public static ModelBytes Tiny() => new ModelBytes()
        .Piece("<unk>", 0, 2).Piece("<s>", 0, 3).Piece("</s>", 0, 3)
        .Piece("ab", 0, 1).Piece("▁ab", -1, 1).Piece("ba", -2, 1) // 3 to 5
        .Piece("▁", -3, 1).Piece("a", -4, 1).Piece("b", -5, 1).Piece("é", -6, 1); // 6 to 9

    private ModelBytes Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
        _bytes.Add((byte)value);
        return this;
    }
}
