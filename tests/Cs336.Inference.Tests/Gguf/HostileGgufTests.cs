using System.Text;
using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>Headers that ask for more than their file has: refused at once, with the file and the value.</summary>
public sealed class HostileGgufTests
{
    private const ulong Huge = 1UL << 60;

    public static TheoryData<string, Action<BinaryWriter>> Headers => new()
    {
        { "another kind of file", writer => writer.Write(new byte[100]) },
        { "has version 1 of GGUF", writer => Begin(writer, version: 1) },
        { $"it has {Huge} tensors", writer => Begin(writer, tensors: Huge) },
        { $"it has {Huge} keys", writer => Begin(writer, keys: Huge) },
        { "it has 18446744073709551615 bytes of key", LongKey },
        { $"it has {Huge} values of a", writer => { Key(writer, "a", 9); writer.Write(4u); writer.Write(Huge); } },
        { $"it has {Huge} bytes of value of a", writer => { Key(writer, "a", 8); writer.Write(Huge); } },
        { "a value of type 77", writer => { Key(writer, "a", 77); writer.Write(0L); } },
        { "an array of type 9", writer => { Key(writer, "a", 9); writer.Write(9u); writer.Write(0L); } },
        { "general.alignment 3", writer => { Key(writer, "general.alignment", 4); writer.Write(3u); } },
        { "at least 1152921504606846976 numbers", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [Huge], 0, 0); } },
        { "2305843009213693952 numbers", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [1, Huge << 1, Huge << 1], 0, 0); } },
        { "5 dimensions", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [1, 1, 1, 1, 1], 0, 0); } },
        { "in type 11 of ggml", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [32], 11, 0); } },
        { "rows of 32 numbers are no multiple of 256", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [32], 12, 0); } },
        { "rows of 33 numbers", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [33], 8, 0); writer.Write(new byte[64]); } },
        { "which is no multiple of 32", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [1], 0, 1); } },
        { "would end beyond them", writer => { Begin(writer, tensors: 1); Tensor(writer, "a", [8], 0, Huge); } },
        { "where another one still is", Overlapping },
        { "the tensor 'a' twice", Twice },
        { "ends inside its header", writer => writer.Write("GGUF"u8) },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_header_that_is_not_sound_is_refused(string message, Action<BinaryWriter> write)
    {
        using TemporaryFolder folder = new();
        using (BinaryWriter writer = new(File.Create(folder.File("a.gguf")))) write(writer);

        long before = GC.GetAllocatedBytesForCurrentThread();
        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => new GgufFile(folder.File("a.gguf")));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith(folder.File("a.gguf"), exception.Message, StringComparison.Ordinal);
    }

    private static void Begin(BinaryWriter writer, uint version = 3, ulong tensors = 0, ulong keys = 0)
    {
        writer.Write("GGUF"u8);
        writer.Write(version);
        writer.Write(tensors);
        writer.Write(keys);
    }

    private static void Key(BinaryWriter writer, string key, uint type)
    {
        Begin(writer, keys: 1);
        Text(writer, key);
        writer.Write(type);
    }

    private static void Tensor(BinaryWriter writer, string name, ulong[] dimensions, uint type, ulong offset)
    {
        Text(writer, name);
        writer.Write(dimensions.Length);
        foreach (ulong dimension in dimensions) writer.Write(dimension);
        writer.Write(type);
        writer.Write(offset);
    }

    private static void LongKey(BinaryWriter writer)
    {
        Begin(writer, keys: 1);
        writer.Write(ulong.MaxValue);
        writer.Write(new byte[9]);
    }

    private static void Overlapping(BinaryWriter writer)
    {
        Begin(writer, tensors: 2);
        Tensor(writer, "a", [9], 0, 0);
        Tensor(writer, "b", [1], 0, 32);
        writer.Write(new byte[200]);
    }

    private static void Twice(BinaryWriter writer)
    {
        Begin(writer, tensors: 2);
        Tensor(writer, "a", [1], 0, 0);
        Tensor(writer, "a", [1], 0, 32);
        writer.Write(new byte[200]);
    }

    private static void Text(BinaryWriter writer, string text)
    {
        writer.Write((ulong)text.Length);
        writer.Write(Encoding.UTF8.GetBytes(text));
    }
}
