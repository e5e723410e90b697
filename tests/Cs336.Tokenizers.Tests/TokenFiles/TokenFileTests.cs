using System.Text;
using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class TokenFileTests
{
    [Theory]
    [InlineData(65_536, 2)]
    [InlineData(65_537, 4)]
    public void What_was_written_is_read(int vocabSize, int bytesPerId)
    {
        using TemporaryFolder folder = new();
        int[] ids = [.. Enumerable.Range(0, 20_000).Select(i => (int)(i * 2_654_435_761L % vocabSize)), vocabSize - 1];
        Write(folder.File("ids.npy"), vocabSize, ids);

        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));

        Assert.Equal((ids.Length, bytesPerId, folder.File("ids.npy")), (file.Length, file.BytesPerId, file.Path));
        int[] all = new int[ids.Length];
        file.Read(0, all);
        Assert.Equal(ids, all);
        file.Read(777, all.AsSpan(0, 5));
        Assert.Equal(ids[777..782], all[..5]);
    }

    [Fact]
    public void The_file_is_as_numpy_writes_it()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("ids.npy"), 1000, [1, 258, 999]);

        byte[] bytes = File.ReadAllBytes(folder.File("ids.npy"));

        Assert.Equal(128 + 6, bytes.Length);
        Assert.Equal([0x93, .. "NUMPY"u8, 1, 0, 118, 0], bytes[..10]);
        Assert.Equal(
            "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }".PadRight(117) + "\n", Encoding.ASCII.GetString(bytes[10..128]));
        Assert.Equal([1, 0, 2, 1, 0xE7, 3], bytes[128..]);
    }

    [Fact]
    public void A_file_without_ids_can_be_opened()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("ids.npy"), 1000, []);

        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));

        Assert.Equal(0, file.Length);
    }

    [Fact]
    public void An_unfinished_file_is_not_left_and_an_older_one_stays()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("ids.npy"), 1000, [1, 2]);
        using (TokenFileWriter writer = new(folder.File("ids.npy"), 1000)) writer.Write([3]);

        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));

        Assert.Equal(2, file.Length);
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(60_000)]
    [InlineData(70_000)]
    public void A_file_that_goes_onto_the_disk_while_it_is_written_is_whole(int vocabSize)
    {
        using TemporaryFolder folder = new();
        int[] ids = [.. Enumerable.Range(0, 123_457).Select(i => (int)(i * 2_654_435_761L % vocabSize))];
        using (TokenFileWriter writer = new(folder.File("ids.npy"), vocabSize))
        {
            for (int i = 0; i < 100; i++) writer.Write(ids);
            writer.Complete();
        }

        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));

        Assert.Equal(100L * ids.Length, file.Length);
        int[] read = new int[ids.Length];
        for (int i = 0; i < 100; i++)
        {
            file.Read((long)i * ids.Length, read);
            Assert.True(ids.AsSpan().SequenceEqual(read), $"repetition {i}");
        }
    }

    [Fact]
    public void A_file_that_is_given_up_while_it_goes_onto_the_disk_is_not_left()
    {
        using TemporaryFolder folder = new();
        using (TokenFileWriter writer = new(folder.File("ids.npy"), 60_000)) writer.Write(new int[10_000_000]);

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1000)]
    public void An_id_beyond_the_vocabulary_is_refused(int id)
    {
        using TemporaryFolder folder = new();
        using TokenFileWriter writer = new(folder.File("ids.npy"), 1000);
        writer.Write([5]);

        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write([7, id]));

        Assert.StartsWith($"Id {id} at place 2 is not in 0 to 999", e.Message);
        Assert.Equal(1, writer.Length);
    }

    [Fact]
    public void A_complete_file_takes_no_more()
    {
        using TemporaryFolder folder = new();
        using TokenFileWriter writer = new(folder.File("ids.npy"), 1000);
        writer.Complete();

        Assert.Throws<InvalidOperationException>(() => writer.Write([1]));
        Assert.Throws<InvalidOperationException>(writer.Complete);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(-1, 1)]
    [InlineData(3, 1)]
    [InlineData(long.MaxValue, 1)]
    public void Reading_beyond_the_end_is_refused(long start, int count)
    {
        using TemporaryFolder folder = new();
        Write(folder.File("ids.npy"), 1000, [1, 2]);
        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));

        ArgumentOutOfRangeException e = Assert.Throws<ArgumentOutOfRangeException>(() => file.Read(start, new int[count]));

        Assert.Contains($"{count} ids from place {start} on do not lie within {file.Path}, which has 2.", e.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using TemporaryFolder folder = new();

        Assert.Contains(folder.File("ids.npy"), Assert.Throws<FileNotFoundException>(() => TokenFile.Open(folder.File("ids.npy"))).Message);
    }

    [Theory]
    [InlineData(5, "is not a NumPy .npy file")]
    [InlineData(100, "ends within its header")]
    [InlineData(131, "has 3 bytes of ids, but its header says 2 ids of 2 bytes")]
    [InlineData(130, "has 2 bytes of ids, but its header says 2 ids of 2 bytes")]
    public void A_file_cut_short_is_named(int length, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ids.npy");
        Write(path, 1000, [1, 2]);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..length]);

        InvalidDataException e = Assert.Throws<InvalidDataException>(() => TokenFile.Open(path));

        Assert.StartsWith($"{path} {message}", e.Message);
    }

    [Theory]
    [InlineData("'<u2'", "'<f4'",
        "holds fractions of type '<f4', but token ids are whole numbers of 1 to 8 bytes: convert it with numpy.save")]
    [InlineData("(2,)", "(2,2)", "has shape (2, 2), but token ids have one dimension: convert it with numpy.save")]
    [InlineData("(2,)", "(99999999999999999999,)", "but an .npy header is {'descr'")]
    [InlineData("(2,)", "(9223372036854775807,)", "has 4 bytes of ids")]
    public void Another_kind_of_array_is_refused(string found, string replacement, string message)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ids.npy");
        Write(path, 1000, [1, 2]);
        string text = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        string padded = text.Replace(found, replacement).Remove(120, replacement.Length - found.Length);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(padded));

        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message);
    }

    [Fact]
    public void A_file_with_other_bytes_in_its_header_is_refused_or_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("ids.npy");
        Write(path, 1000, [1, 2, 3]);
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(3);
        for (int i = 0; i < 1000; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(70)] = (byte)random.Next(256);
            File.WriteAllBytes(path, damaged);
            try
            {
                using TokenFile file = TokenFile.Open(path);
                file.Read(0, new int[file.Length]);
            }
            catch (InvalidDataException e)
            {
                Assert.StartsWith(path, e.Message);
            }
        }
    }

    [Fact]
    public void An_open_file_is_read_on_when_another_takes_its_place()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("ids.npy"), 1000, [1, 2]);
        using TokenFile file = TokenFile.Open(folder.File("ids.npy"));
        Write(folder.File("ids.npy"), 1000, [3]);
        int[] ids = new int[2];

        file.Read(0, ids);

        Assert.Equal([1, 2], ids);
    }

    private static void Write(string path, int vocabSize, int[] ids)
    {
        using TokenFileWriter writer = new(path, vocabSize);
        writer.Write(ids);
        writer.Complete();
    }
}
