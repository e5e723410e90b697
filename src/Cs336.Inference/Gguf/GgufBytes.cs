using System.Buffers.Binary;
using System.Text;

namespace Cs336.Inference;

/// <summary>Reads the header of a GGUF file from its beginning, and holds every length in it to what the file has left.</summary>
internal sealed class GgufBytes(FileStream stream, string path)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly byte[] _number = new byte[8];

    /// <summary>The file, for messages.</summary>
    public string Path => path;

    /// <summary>Where the next byte is.</summary>
    public long Position => stream.Position;

    /// <summary>How many bytes the file has.</summary>
    public long Length { get; } = stream.Length;

    public ulong ReadNumber(int size)
    {
        Read(_number.AsSpan(0, size));
        _number.AsSpan(size).Clear();
        return BinaryPrimitives.ReadUInt64LittleEndian(_number);
    }

    public uint ReadUInt32() => (uint)ReadNumber(4);

    /// <summary>A count of things of which each takes some bytes at least, so that the file has room for them.</summary>
    public int ReadCount(string what, int leastBytes)
    {
        ulong count = ReadNumber(8);
        if (count > (ulong)((Length - Position) / leastBytes) || count > int.MaxValue)
            throw new InvalidDataException($"{path} says that it has {count} {what}, but only {Length - Position} bytes follow.");
        return (int)count;
    }

    public string ReadText(string what)
    {
        byte[] bytes = new byte[ReadCount($"bytes of {what}", 1)];
        Read(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path}: a {what} is not valid UTF-8.", exception);
        }
    }

    public void Read(Span<byte> destination)
    {
        try
        {
            stream.ReadExactly(destination);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"{path} ends inside its header: the file is truncated.", exception);
        }
    }
}
