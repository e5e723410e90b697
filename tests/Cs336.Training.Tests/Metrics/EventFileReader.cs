using System.Buffers.Binary;
using System.Text;

namespace Cs336.Training.Tests;

/// <summary>What a TensorBoard event says.</summary>
internal sealed record ReadEvent(double WallTime, long Step, string? FileVersion, bool IsRestart,
    IReadOnlyDictionary<string, float> Scalars);

/// <summary>
/// Reads TensorBoard's event files by the published formats alone (TFRecord; protocol buffers; CRC-32C bit by bit), sharing nothing
/// with the writer. As TensorBoard does, it stops before a record that is torn.
/// </summary>
internal static class EventFileReader
{
    public static List<ReadEvent> Read(string path) => [.. ReadRecords(path).Select(record => ReadEvent(record))];

    /// <summary>The content of each whole record.</summary>
    public static List<byte[]> ReadRecords(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        List<byte[]> records = [];
        for (int place = 0; place + 12 <= bytes.Length;)
        {
            ReadOnlySpan<byte> header = bytes.AsSpan(place, 8);
            Assert.Equal(Masked(header), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place + 8)));
            int length = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(header));
            if (place + 12 + length + 4 > bytes.Length) break;
            ReadOnlySpan<byte> content = bytes.AsSpan(place + 12, length);
            Assert.Equal(Masked(content), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(place + 12 + length)));
            records.Add(content.ToArray());
            place += 16 + length;
        }
        return records;
    }

    private static ReadEvent ReadEvent(ReadOnlySpan<byte> message)
    {
        double wallTime = 0;
        long step = 0;
        string? version = null;
        bool restart = false;
        Dictionary<string, float> scalars = [];
        foreach ((int field, byte[] value) in Fields(message))
        {
            if (field == 1) wallTime = BinaryPrimitives.ReadDoubleLittleEndian(value);
            else if (field == 2) step = (long)BinaryPrimitives.ReadUInt64LittleEndian(value);
            else if (field == 3) version = Encoding.UTF8.GetString(value);
            else if (field == 5) ReadSummary(value, scalars);
            else if (field == 7) restart = Fields(value) is [(1, byte[] status)] && BinaryPrimitives.ReadUInt64LittleEndian(status) == 1;
            else Assert.Fail($"field {field} of an event");
        }
        return new ReadEvent(wallTime, step, version, restart, scalars);
    }

    private static void ReadSummary(byte[] summary, Dictionary<string, float> scalars)
    {
        foreach ((int field, byte[] value) in Fields(summary))
        {
            Assert.Equal(1, field);
            List<(int Field, byte[] Value)> parts = Fields(value);
            scalars.Add(Encoding.UTF8.GetString(parts.Single(part => part.Field == 1).Value),
                BinaryPrimitives.ReadSingleLittleEndian(parts.Single(part => part.Field == 2).Value));
        }
    }

    /// <summary>Fields in their order; a varint as eight bytes.</summary>
    private static List<(int Field, byte[] Value)> Fields(ReadOnlySpan<byte> message)
    {
        List<(int, byte[])> fields = [];
        while (!message.IsEmpty)
        {
            ulong tag = Varint(ref message);
            byte[] value;
            switch (tag & 7)
            {
                case 0:
                    value = new byte[8];
                    BinaryPrimitives.WriteUInt64LittleEndian(value, Varint(ref message));
                    break;
                case 1: value = Take(ref message, 8); break;
                case 2: value = Take(ref message, checked((int)Varint(ref message))); break;
                case 5: value = Take(ref message, 4); break;
                default: throw new InvalidDataException($"wire type {tag & 7}");
            }
            fields.Add(((int)(tag >> 3), value));
        }
        return fields;
    }

    private static byte[] Take(ref ReadOnlySpan<byte> message, int count)
    {
        byte[] taken = message[..count].ToArray();
        message = message[count..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> message)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Take(ref message, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in data)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78 : crc >> 1;
        }
        crc ^= 0xFFFFFFFF;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
    }
}
