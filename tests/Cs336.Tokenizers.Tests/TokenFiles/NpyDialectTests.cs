using System.Buffers.Binary;
using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Arrays as NumPy, other programs and people write them: each is read rightly, or refused with what to do.</summary>
public sealed class NpyDialectTests : IDisposable
{
    private static readonly byte[] Ids = [1, 0, 2, 0, 3, 0, 0x2C, 1, 0x50, 0xC4];
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5,), }")]
    [InlineData("{'shape': (5,), 'fortran_order': False, 'descr': '<u2'}")]
    [InlineData("{'descr':'<u2','fortran_order':False,'shape':(5,)}")]
    [InlineData("{\"descr\": \"<u2\", \"fortran_order\": True, \"shape\": (5L,)}")]
    [InlineData("  { 'descr' : '<u2' ,\n\t'fortran_order' : False , 'shape' : ( 5 , ) , } \n\n")]
    public void The_header_is_read_in_any_order_and_spacing(string header)
    {
        for (byte version = 1; version <= 3; version++) Assert.Equal([1, 2, 3, 300, 50256], Read(Write(version, header, Ids)));
    }

    [Fact]
    public void Signed_ids_of_four_bytes_are_read()
    {
        byte[] ids = [1, 0, 0, 0, 0x50, 0xC4, 0, 0];
        Assert.Equal([1, 50256], Read(Write(1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }", ids)));
        ids[7] = 0x80;
        foreach (string type in (string[])["<i4", "<u4"])
        {
            string path = Write(1, $"{{'descr': '{type}', 'fortran_order': False, 'shape': (2,), }}", ids);
            Assert.StartsWith(
                $"{path} holds {(type == "<i4" ? -2147433392 : 2147533904)} at place 1, but ids are 0 to 2147483647.",
                Assert.Throws<InvalidDataException>(() => Read(path)).Message);
        }
    }

    [Theory]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (5,), }",
        "holds fractions of type '<f8', but token ids are whole numbers of 1 to 8 bytes: convert it with numpy.save(path, "
        + "numpy.load(path).astype('<u2')), or '<u4' for ids above 65535.")]
    [InlineData("{'descr': '<c8', 'fortran_order': False, 'shape': (5,), }", "holds complex numbers of type '<c8'")]
    [InlineData("{'descr': '|b1', 'fortran_order': False, 'shape': (5,), }", "holds truth values of type '|b1'")]
    [InlineData("{'descr': '|O', 'fortran_order': False, 'shape': (5,), }",
        "holds Python objects, which are pickled and never read, of type '|O'")]
    [InlineData("{'descr': '<U5', 'fortran_order': False, 'shape': (5,), }", "holds texts of type '<U5'")]
    [InlineData("{'descr': '<M8[s]', 'fortran_order': False, 'shape': (5,), }", "holds times of type '<M8[s]'")]
    [InlineData("{'descr': '|V2', 'fortran_order': False, 'shape': (5,), }", "holds raw bytes of type '|V2'")]
    [InlineData("{'descr': '<u3', 'fortran_order': False, 'shape': (5,), }", "holds elements of type '<u3'")]
    [InlineData("{'descr': '|u2', 'fortran_order': False, 'shape': (5,), }", "holds elements of type '|u2'")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (5,), }", "holds elements of type ''")]
    [InlineData("{'descr': [('a', '<u2')], 'fortran_order': False, 'shape': (5,), }",
        "holds structures of type '[('a', '<u2')]', but token ids are whole numbers of 1 to 8 bytes: save the one field that is ids")]
    [InlineData("{'descr': [(']', '<u2', (3,)), [[]]], 'shape': (5,), 'fortran_order': False}",
        "holds structures of type '[(']', '<u2', (3,)), [[]]]'")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5, 2), }",
        "has shape (5, 2), but token ids have one dimension: convert it with numpy.save(path, numpy.load(path).reshape(-1)).")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (1, 5, 1), }", "has shape (1, 5, 1), but token ids have one dimension")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3, 4, 5, 6), }",
        "has shape (2, 3, 4, 5, ...), but token ids have one dimension")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (), }", "has shape (), but token ids have one dimension")]
    [InlineData("{'descr': [('a', '<u2'), 'fortran_order': False, 'shape': (5,), }", "but an .npy header is")]
    [InlineData("{'descr': [('a', '<u2)], 'fortran_order': False", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5), }", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (-5,), }", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False}", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': 0, 'shape': (5,)}", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'descr': '<u2', 'fortran_order': False, 'shape': (5,)}", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5,), 'more': 1}", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5,)} or 1", "but an .npy header is")]
    [InlineData("{'descr': '<u2', 'fortran_order': False, 'shape': (5,", "but an .npy header is")]
    [InlineData("{'descr': '<u2", "but an .npy header is")]
    [InlineData("", "but an .npy header is")]
    public void Another_array_is_refused_with_what_to_do(string header, string problem)
    {
        string path = Write(1, header, Ids);
        string message = Assert.Throws<InvalidDataException>(() => Read(path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains(problem, message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void A_version_that_there_is_not_is_refused(byte version) =>
        Assert.Contains(
            $"is .npy version {version}, but there are versions 1 to 3.",
            Assert.Throws<InvalidDataException>(() => Read(Write(version, "{}", Ids))).Message);

    [Fact]
    public void A_header_of_four_gigabytes_takes_no_memory()
    {
        string path = _folder.File("ids.npy");
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. Ids]);
        Assert.Equal(
            $"{path} says that its header has 4294967295 bytes, but one of an array of numbers has at most 10000.",
            Assert.Throws<InvalidDataException>(() => Read(path)).Message);
    }

    [Fact]
    public void Ids_and_nothing_else_are_refused_with_what_to_do()
    {
        string path = _folder.File("raw.npy");
        File.WriteAllBytes(path, Ids);
        Assert.Contains(
            "convert it: numpy.save(path, numpy.fromfile(path, '<u2'))", Assert.Throws<InvalidDataException>(() => Read(path)).Message);
    }

    [Theory]
    [InlineData("<u2", 2)]
    [InlineData("<u4", 4)]
    public void A_file_that_is_shortened_while_it_is_open_is_named_and_read_as_far_as_it_goes(string type, int bytesPerId)
    {
        string path = Write(1, $"{{'descr': '{type}', 'fortran_order': False, 'shape': (200000,), }}", new byte[200_000 * bytesPerId]);
        using TokenFile file = TokenFile.Open(path);
        using (FileStream writer = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(4097);
        int[] ids = new int[200];
        file.Read(0, ids);
        foreach (long start in (long[])[1900, 4000, 199_800])
        {
            string message =
                Assert.Throws<InvalidDataException>(() => file.Read(bytesPerId == 2 || start > 4000 ? start : start / 2, ids)).Message;
            Assert.Matches($"^{path} ends at byte [0-9]+, but had 200000 ids of {bytesPerId} bytes when it was opened: it has become "
                + "shorter.", message);
        }
    }

    [Fact]
    public void A_closed_file_is_not_read()
    {
        TokenFile file = TokenFile.Open(Write(1, "{'descr': '<u2', 'fortran_order': False, 'shape': (5,), }", Ids));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new int[1]));
    }

    private string Write(byte version, string header, byte[] ids)
    {
        string path = _folder.File("ids.npy");
        byte[] text = Encoding.UTF8.GetBytes(header), size = new byte[version == 1 ? 2 : 4];
        if (version == 1) BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)text.Length);
        else BinaryPrimitives.WriteUInt32LittleEndian(size, (uint)text.Length);
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, version, 0, .. size, .. text, .. ids]);
        return path;
    }

    private static int[] Read(string path)
    {
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }
}
