using System.Text;

namespace Cs336.Inference;

/// <summary>
/// Reads the header of every tensor in a file of TorchSharp's <c>Module.save</c>: how many there are, then of each its name, type, shape
/// and elements. Numbers are LEB128 without a sign; nothing says that it is such a file, but its name, which ends with <c>.dat</c>. Every
/// length is held to what the file has left.
/// </summary>
internal sealed class TorchSharpModule(FileStream stream, string path)
{
    private const int MinTensorBytes = 3, MaxNameBytes = 1 << 16, MaxDimensions = 8;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private readonly long _length = stream.Length;

    private long Left => _length - stream.Position;

    /// <summary>Whether a file is one, by its name.</summary>
    public static bool IsOne(string path) => path.EndsWith(".dat", StringComparison.OrdinalIgnoreCase);

    /// <summary>The tensors, and how many bytes come before the elements of each.</summary>
    /// <exception cref="InvalidDataException">It is no such file, or damaged.</exception>
    public List<(SafetensorsEntry Entry, long Offset)> Read()
    {
        ulong count = ReadNumber();
        if (count > (ulong)(Left / MinTensorBytes)) throw Refuse($"says that it has {count} tensors, but only {Left} bytes follow");
        List<(SafetensorsEntry, long)> tensors = [];
        HashSet<string> names = [];
        for (ulong i = 0; i < count; i++)
        {
            SafetensorsEntry entry = ReadEntry();
            if (!names.Add(entry.Name)) throw Refuse($"has the tensor '{SafetensorsEntry.Cut(entry.Name)}' twice");
            tensors.Add((entry, stream.Position));
            stream.Position += entry.ByteLength;
        }
        return Left == 0 ? tensors : throw Refuse($"has {Left} bytes behind its last tensor");
    }

    private SafetensorsEntry ReadEntry()
    {
        string name = ReadName(), shown = SafetensorsEntry.Cut(name);
        ulong number = ReadNumber();
        SafetensorsType type = number switch
        {
            1 => SafetensorsType.I8,
            4 => SafetensorsType.I64,
            5 => SafetensorsType.F16,
            6 => SafetensorsType.F32,
            15 => SafetensorsType.BF16,
            _ => throw Refuse(
                $"holds tensor '{shown}' in type {number} of TorchSharp; float32 (6), float16 (5) and bfloat16 (15) are read"),
        };
        ulong dimensions = ReadNumber();
        if (dimensions > MaxDimensions) throw Refuse($"gives tensor '{shown}' {dimensions} dimensions; at most {MaxDimensions} are read");
        long[] shape = new long[dimensions];
        Int128 bytes = SafetensorsEntry.SizeOf(type)!.Value;
        for (int i = 0; i < shape.Length; i++)
        {
            ulong size = ReadNumber();
            bytes *= size;
            if (size > long.MaxValue || bytes > _length)
                throw Refuse($"has {_length} bytes, but gives tensor '{shown}' at least {bytes}");
            shape[i] = (long)size;
        }
        return bytes <= Left ? new SafetensorsEntry(name, type, shape)
            : throw Refuse($"ends within tensor '{shown}', which has {bytes} bytes: the file is truncated");
    }

    private string ReadName()
    {
        ulong length = ReadNumber();
        if (length > MaxNameBytes || (long)length > Left)
            throw Refuse($"gives a tensor a name of {length} bytes, of which {Left} follow; at most {MaxNameBytes} are read");
        byte[] bytes = new byte[length];
        stream.ReadExactly(bytes);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new InvalidDataException($"{path}: the name of a tensor is not valid UTF-8.", exception);
        }
    }

    /// <summary>Seven bits a byte, the lowest first; the eighth says that another byte follows.</summary>
    private ulong ReadNumber()
    {
        ulong number = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            int next = stream.ReadByte();
            if (next < 0) throw Refuse("ends within a number: the file is truncated");
            if (shift == 63 && next > 1) break;
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return number;
        }
        throw Refuse("has a number of more than 64 bits");
    }

    private InvalidDataException Refuse(string problem) => new($"{path} {problem}; expected a file of TorchSharp's Module.save.");
}
