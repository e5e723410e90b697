using System.Buffers.Binary;
using System.Text;
using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>Files made to mislead: each is refused, however it is read, in words that name the file and what is wrong with it.</summary>
public sealed class HostileSafetensorsTests
{
    /// <summary>Header, number of bytes behind it, and what the refusal says.</summary>
    private static readonly Dictionary<string, (string Header, int Elements, string Problem)> Headers = new()
    {
        ["not JSON"] = ("this is text, not JSON", 8, "the header is not valid JSON"),
        ["JSON cut off"] = ("""{"a":{"dtype":"F32",""", 8, "the header is not valid JSON"),
        ["JSON with more behind it"] = ("{}{}", 0, "the header is not valid JSON"),
        ["JSON nested deeply"] = (new string('[', 1_000_000), 8, "the header is not valid JSON"),
        ["zeros"] = (new string('\0', 64), 8, "the header is not valid JSON"),
        ["not an object"] = ("[]", 8, "the header is JSON, but not an object"),
        ["tensor no object"] = ("""{"a":7}""", 8, "entry for tensor 'a' is malformed"),
        ["no dtype"] = ("""{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "entry for tensor 'a' is malformed"),
        ["no shape"] = ("""{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "entry for tensor 'a' is malformed"),
        ["no offsets"] = ("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "entry for tensor 'a' is malformed"),
        ["no name"] = (Tensor("", "[1]", "[0,4]"), 4, "entry for tensor '' is malformed"),
        ["unknown type"] = (
            """{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}""", 8, "tensor 'a' has dtype F64; this library reads F32, F16, "
            + "BF16, I64, I8"),
        ["type as a number"] = ("""{"a":{"dtype":"0","shape":[1],"data_offsets":[0,4]}}""", 4, "tensor 'a' has dtype 0"),
        ["one name twice"] = (Tensors(("a", "[1]", "[0,4]"), ("a", "[1]", "[4,8]")), 8, "'a'"),
        ["one name in two spellings"] = (Tensors(("a", "[1]", "[0,4]"), ("\\u0061", "[1]", "[4,8]")), 8, "'a'"),
        ["tensors that overlap"] = (
            Tensors(("a", "[2]", "[0,8]"), ("b", "[2]", "[4,12]")), 12,
            "tensor b F32 (2) begins at byte 4, but the one before it ends at 8"),
        ["tensors in one place"] = (
            Tensors(("a", "[1]", "[0,4]"), ("b", "[1]", "[0,4]")), 4, "tensor b F32 (1) begins at byte 0, but the one before it ends at 4"),
        ["a hole before"] = (Tensor("a", "[1]", "[4,8]"), 8, "tensor a F32 (1) begins at byte 4, but the one before it ends at 0"),
        ["a hole between"] = (
            Tensors(("a", "[1]", "[0,4]"), ("b", "[1]", "[8,12]")), 12,
            "tensor b F32 (1) begins at byte 8, but the one before it ends at 4"),
        ["a range too long"] = (Tensor("a", "[1]", "[0,8]"), 8, "tensor a F32 (1) needs 4 bytes, but its data_offsets are 0 to 8"),
        ["a range too short"] = (Tensor("a", "[2]", "[0,4]"), 4, "tensor a F32 (2) needs 8 bytes, but its data_offsets are 0 to 4"),
        ["a range backwards"] = (Tensor("a", "[1]", "[4,0]"), 4, "its data_offsets are 4 to 0"),
        ["a range before the file"] = (Tensor("a", "[1]", "[-4,0]"), 4, "its data_offsets are -4 to 0"),
        ["one offset"] = (Tensor("a", "[1]", "[0]"), 4, "tensor 'a' has 1 data_offsets; expected begin and end"),
        ["an offset that is no whole number"] = (Tensor("a", "[1]", "[0,4.5]"), 4, "entry for tensor 'a' is malformed"),
        ["an offset of 2^63"] = (Tensor("a", "[1]", "[9223372036854775804,9223372036854775808]"), 4, "entry for tensor 'a' is malformed"),
        ["a range to 2^63 - 1"] = (
            """{"a":{"dtype":"I8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 4, "the file is truncated"),
        ["a range beyond the file"] = (Tensor("a", "[1000]", "[0,4000]"), 8, "the file is truncated"),
        ["a negative dimension"] = (Tensor("a", "[-1]", "[0,4]"), 4, "'a' has shape (-1), but a dimension cannot be negative"),
        ["two negative dimensions"] = (Tensor("a", "[-1,-1]", "[0,4]"), 4, "'a' has shape (-1, -1), but a dimension cannot be negative"),
        ["a dimension that is no whole number"] = (Tensor("a", "[0.5,2]", "[0,4]"), 4, "entry for tensor 'a' is malformed"),
        ["a dimension of 2^64"] = (Tensor("a", "[18446744073709551616]", "[0,4]"), 4, "entry for tensor 'a' is malformed"),
        ["a size that wraps around to nothing"] = (Tensor("a", "[4294967296,4294967296]", "[0,0]"), 0, "more bytes than any file can hold"),
        ["a size that wraps around to what is there"] = (
            Tensor("a", "[4611686018427387905]", "[0,4]"), 4, "more bytes than any file can hold"),
        ["a size beyond all sizes"] = (
            Tensor("a", "[9223372036854775807,9223372036854775807,9223372036854775807]", "[0,4]"), 4, "more bytes than any file can hold"),
    };

    public static TheoryData<string> Names => [.. Headers.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_hostile_header_is_refused(string name)
    {
        (string header, int elements, string problem) = Headers[name];
        AssertRefused(File((ulong)header.Length, header, elements), problem);
    }

    [Theory]
    [InlineData(0, "says that its header has 0 bytes")]
    [InlineData(1, "says that its header has 1 bytes")]
    [InlineData(
        100_000_001, "says that its header has 100000001 bytes; a safetensors header has 2 to 100000000. Is it another kind of file?")]
    [InlineData(long.MaxValue, "says that its header has 9223372036854775807 bytes")]
    [InlineData(1UL << 63, "says that its header has 9223372036854775808 bytes")]
    [InlineData(ulong.MaxValue, "says that its header has 18446744073709551615 bytes")]
    [InlineData(50_000_000, "the file is truncated")]
    public void A_header_length_that_cannot_be_is_refused(ulong length, string problem) => AssertRefused(File(length, "{}", 0), problem);

    [Fact]
    public void A_header_length_beyond_the_file_is_refused_before_memory_is_taken()
    {
        byte[] file = File(50_000_000, "{}", 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidDataException>(() => new SafetensorsReader(new MemoryStream(file), "weights"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Theory]
    [InlineData("""{"dtype":"I8","shape":[0],"data_offsets":[0,0]}""", 100_000)]
    [InlineData("""{"dtype":"I8","shape":[0,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"data_offsets":[0,0]}""", 50_000)]
    public void A_long_header_takes_memory_in_proportion(string tensor, int count)
    {
        byte[] file = File(null, "{" + string.Join(',', Enumerable.Range(0, count).Select(i => $"\"{i:x}\":{tensor}")) + "}", 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SafetensorsReader reader = new(new MemoryStream(file), "weights");
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(count, reader.Tensors.Count);
        Assert.InRange(allocated, 0, 12L * file.Length); // all that was allocated, of which a third is garbage by the end
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_with_its_place()
    {
        AssertRefused(
            File(null, "{\"a\":{\"dtype\":\"F32\",\n\"shape\":[1],\"\\ud800\":1,\"data_offsets\":[0,4]}}", 4),
            "a string at line 2, byte 13 holds half a surrogate pair");
        AssertRefused(File(null, Tensor("\\udc00a", "[1]", "[0,4]"), 4), "a string at line 1, byte 2 holds half a surrogate pair");
    }

    [Fact]
    public void Names_and_shapes_of_any_length_are_told_in_short()
    {
        string name = new('n', 100_000), shape = "[" + string.Join(',', Enumerable.Repeat("1", 100_000)) + "]";
        foreach (byte[] file in (byte[][])[
            File(null, Tensor(name, "[1]", "[0,8]"), 8), File(null, Tensor("a", shape, "[0,8]"), 8), File(null, $"{{\"{name}\":7}}", 0),
            File(null, Tensors((name, "[1]", "[0,4]"), (name, "[1]", "[4,8]")), 8)])
            Assert.InRange(
                Assert.Throws<InvalidDataException>(() => new SafetensorsReader(new MemoryStream(file), "weights")).Message.Length,
                1, 1000);
    }

    [Fact]
    public void Bytes_behind_the_last_tensor_are_refused()
    {
        byte[] file = File(null, Tensor("a", "[1]", "[0,4]"), 5);
        AssertRefused(file, "holds 5 bytes of elements, but its header describes 4", alsoFromPipe: false);
    }

    [Fact]
    public void A_name_that_is_not_UTF_8_is_refused()
    {
        byte[] file = File(null, Tensor("a", "[1]", "[0,4]"), 4);
        file[Array.IndexOf(file, (byte)'a')] = 0xFF;
        AssertRefused(file, "the header is not valid JSON");
    }

    /// <summary>As a stream, as a stream that has no length, and mapped.</summary>
    private static void AssertRefused(byte[] file, string problem, bool alsoFromPipe = true)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("theirs.safetensors");
        System.IO.File.WriteAllBytes(path, file);
        List<Action> readers = [() => ReadAll(new MemoryStream(file), path), () => new MappedSafetensors(path).Dispose()];
        if (alsoFromPipe) readers.Add(() => ReadAll(new Pipe(file), path));
        foreach (Action read in readers)
        {
            string message = Assert.Throws<InvalidDataException>(read).Message;
            Assert.Contains(path, message);
            Assert.Contains(problem, message);
        }
    }

    private static void ReadAll(Stream stream, string name)
    {
        SafetensorsReader reader = new(stream, name);
        while (reader.MoveNext() is SafetensorsEntry tensor) reader.Read(new byte[Math.Min(tensor.ByteLength, 1000)]);
    }

    private static byte[] File(ulong? length, string header, int elements)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(header), prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, length ?? (ulong)bytes.Length);
        return [.. prefix, .. bytes, .. new byte[elements]];
    }

    private static string Tensor(string name, string shape, string offsets) => Tensors((name, shape, offsets));

    private static string Tensors(params (string Name, string Shape, string Offsets)[] tensors) =>
        "{" + string.Join(',', tensors.Select(tensor =>
        $$"""
        "{{tensor.Name}}":{"dtype":"F32","shape":{{tensor.Shape}},"data_offsets":{{tensor.Offsets}}}
        """)) + "}";

    /// <summary>A stream whose length nobody knows.</summary>
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
