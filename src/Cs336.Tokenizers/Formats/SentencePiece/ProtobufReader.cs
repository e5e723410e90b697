using System.Buffers.Binary;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Reads the fields of one message in protocol buffers' wire format, from left to right, without going beyond its bytes.</summary>
/// <param name="message">The message's bytes, without its length.</param>
/// <param name="path">The file, for messages of errors.</param>
/// <remarks>
/// Messages within messages are handed out as bytes, so nothing nests here; time and memory go by the bytes that there are.
/// </remarks>
internal ref struct ProtobufReader(ReadOnlySpan<byte> message, string path)
{
    private const int MaxVarintBytes = 10, LengthDelimited = 2;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _message = message;
    private int _position;
    private int _wireType;

    /// <summary>The number of the field that was met last.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field, whose value must then be read or skipped.</summary>
    /// <returns>False at the message's end.</returns>
    /// <exception cref="InvalidDataException">What stands there begins no field.</exception>
    public bool TryReadField()
    {
        if (_position == _message.Length) return false;
        ulong tag = ReadRawVarint();
        (Field, _wireType) = ((int)(tag >> 3), (int)(tag & 7));
        return tag is >= 8 and <= uint.MaxValue ? true : throw Damaged($"{tag} is the tag of no field");
    }

    /// <summary>A whole number.</summary>
    public ulong ReadVarint() => _wireType == 0 ? ReadRawVarint() : throw WrongType();

    /// <summary>A yes or no.</summary>
    public bool ReadBool() => ReadVarint() != 0;

    /// <summary>A number with a fraction, of 32 bits.</summary>
    public float ReadFloat() => _wireType == 5 ? BinaryPrimitives.ReadSingleLittleEndian(Take(4)) : throw WrongType();

    /// <summary>Bytes, or a message.</summary>
    public ReadOnlySpan<byte> ReadBytes()
    {
        if (_wireType != LengthDelimited) throw WrongType();
        ulong length = ReadRawVarint();
        return length <= (ulong)(_message.Length - _position)
            ? Take((int)length)
            : throw Damaged($"field {Field} has {length:N0} bytes, but {_message.Length - _position:N0} are left");
    }

    /// <summary>A text.</summary>
    public string ReadText()
    {
        try
        {
            return StrictUtf8.GetString(ReadBytes());
        }
        catch (DecoderFallbackException)
        {
            throw Damaged($"the text of field {Field} is not valid UTF-8");
        }
    }

    /// <summary>Passes over a value.</summary>
    public void Skip()
    {
        switch (_wireType)
        {
            case 0:
                ReadRawVarint();
                break;
            case 1:
                Take(8);
                break;
            case LengthDelimited:
                ReadBytes();
                break;
            case 5:
                Take(4);
                break;
            default:
                throw WrongType();
        }
    }

    private ulong ReadRawVarint()
    {
        ulong value = 0;
        for (int i = 0; i < MaxVarintBytes; i++)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80) return value;
        }
        throw Damaged($"a number has more than {MaxVarintBytes} bytes");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > _message.Length - _position) throw Damaged("it ends within a field");
        ReadOnlySpan<byte> taken = _message.Slice(_position, length);
        _position += length;
        return taken;
    }

    private readonly InvalidDataException WrongType() => Damaged($"field {Field} has the wire type {_wireType}, which it cannot have");

    private readonly InvalidDataException Damaged(string what) =>
        new($"{path} is not a SentencePiece model, or is damaged: {what} (byte {_position:N0} of a message of {_message.Length:N0}).");
}
