using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>
/// A TensorBoard event file: records of length, checksum of the length, content, checksum of the content (TFRecord), whose content is a
/// protocol buffer of the message <c>tensorflow.Event</c>. Checksums are CRC-32C, rotated and offset.
/// </summary>
internal sealed class EventFile : IDisposable
{
    // Fields of tensorflow.Event, Summary, Summary.Value and SessionLog.
    private const int WallTime = 1, Step = 2, FileVersion = 3, Summary = 5, SessionLog = 7;
    private const int SummaryValue = 1, ValueTag = 1, ValueSimple = 2, SessionStatus = 1;
    private const ulong SessionStart = 1;
    private readonly GrowingFile _file;

    private EventFile(GrowingFile file) => _file = file;

    /// <summary>Makes a file; there must be none of the name.</summary>
    public static EventFile Create(string path)
    {
        EventFile file = new(new GrowingFile(path, FileMode.CreateNew));
        try
        {
            file.Write(NewEvent(0).Bytes(FileVersion, "brain.Event:2"u8));
            return file;
        }
        catch
        {
            file.Dispose();
            FileOperations.Delete(path); // begun again and again on a full disk, it leaves no files behind
            throw;
        }
    }

    /// <summary>Writes values of a step.</summary>
    public void WriteScalars(long step, IReadOnlyList<(string Tag, double Value)> scalars)
    {
        ProtocolBuffer summary = new();
        foreach ((string tag, double value) in scalars)
            summary.Bytes(SummaryValue, new ProtocolBuffer().Bytes(ValueTag, Encoding.UTF8.GetBytes(tag))
                .Fixed32(ValueSimple, (float)value).Content);
        Write(NewEvent(step).Bytes(Summary, summary.Content));
    }

    /// <summary>Writes the mark that readers forget all steps from this one on that they have read before.</summary>
    public void WriteRestart(long step) =>
        Write(NewEvent(step).Bytes(SessionLog, new ProtocolBuffer().Varint(SessionStatus, SessionStart).Content));

    public void Dispose() => _file.Dispose();

    private static ProtocolBuffer NewEvent(long step) =>
        new ProtocolBuffer().Fixed64(WallTime, (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds).Varint(Step, (ulong)step);

    private void Write(ProtocolBuffer message)
    {
        ReadOnlySpan<byte> content = message.Content;
        byte[] record = new byte[sizeof(ulong) + sizeof(uint) + content.Length + sizeof(uint)];
        BinaryPrimitives.WriteUInt64LittleEndian(record, (ulong)content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        content.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + content.Length), MaskedCrc(content));
        _file.Append(record);
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data) crc = BitOperations.Crc32C(crc, value);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
