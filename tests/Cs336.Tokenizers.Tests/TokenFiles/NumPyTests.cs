using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

public class NumPyTests
{
    [NumPyFact]
    public void Numpy_reads_what_is_written_here()
    {
        using TemporaryFolder folder = new();
        Write(folder.File("narrow.npy"), 65_536, [0, 1, 65_535]);
        Write(folder.File("wide.npy"), 65_537, [0, 65_536]);
        Write(folder.File("empty.npy"), 10, []);

        string output = NumPyFactAttribute.Run(
            """
            import sys, numpy
            for name in ['narrow', 'wide', 'empty']:
                for mode in [None, 'r']:
                    if name == 'empty' and mode == 'r': continue
                    ids = numpy.load(f'{sys.argv[1]}/{name}.npy', mmap_mode=mode)
                    print(ids.dtype, ids.shape, ids.tolist())
            """, folder.Path);

        Assert.Equal(
            """
            uint16 (3,) [0, 1, 65535]
            uint16 (3,) [0, 1, 65535]
            uint32 (2,) [0, 65536]
            uint32 (2,) [0, 65536]
            uint16 (0,) []

            """, output, ignoreLineEndingDifferences: true);
    }

    [NumPyFact]
    public void What_numpy_writes_is_read_here()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, numpy
            ids = numpy.arange(70_000) * 7919 % 65_536
            numpy.save(f'{sys.argv[1]}/narrow.npy', ids.astype(numpy.uint16))
            numpy.save(f'{sys.argv[1]}/wide.npy', (ids * 30_000).astype(numpy.uint32))
            mapped = numpy.lib.format.open_memmap(f'{sys.argv[1]}/mapped.npy', mode='w+', dtype=numpy.uint16, shape=(3,))
            mapped[:] = [7, 8, 9]
            """, folder.Path);
        int[] expected = [.. Enumerable.Range(0, 70_000).Select(i => (int)(i * 7919L % 65_536))];

        Assert.Equal(expected, ReadAll(folder.File("narrow.npy")));
        Assert.Equal(expected.Select(id => id * 30_000), ReadAll(folder.File("wide.npy")));
        Assert.Equal([7, 8, 9], ReadAll(folder.File("mapped.npy")));
    }

    [NumPyFact]
    public void Whole_numbers_of_any_kind_that_numpy_writes_are_read_here()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, numpy
            from numpy.lib import format
            ids = numpy.arange(20_000) * 7919
            for kind, size, order in [(k, s, o) for k in 'iu' for s in (1, 2, 4, 8) for o in '<>']:
                dtype = numpy.dtype(f'{order}{kind}{size}')
                array = (ids % min(numpy.iinfo(dtype).max, 2_000_000)).astype(dtype)
                name = f'{kind}{size}{"b" if order == ">" else "l"}'
                numpy.save(f'{sys.argv[1]}/{name}-line.npy', array)
                numpy.save(f'{sys.argv[1]}/{name}-column.npy', array.reshape(-1, 1))
                numpy.save(f'{sys.argv[1]}/{name}-row.npy', numpy.asfortranarray(array.reshape(1, -1)))
                for version in [(1, 0), (2, 0), (3, 0)]:
                    with open(f'{sys.argv[1]}/{name}-version{version[0]}.npy', 'wb') as file: format.write_array(file, array, version)
            """, folder.Path);
        string[] files = Directory.GetFiles(folder.Path);

        Assert.Equal(16 * 6, files.Length);
        Assert.All(files, path =>
        {
            string name = Path.GetFileName(path);
            long max = (name[..2]) switch { "i1" => 127, "u1" => 255, "i2" => 32_767, "u2" => 65_535, _ => 2_000_000 };
            Assert.Equal(Enumerable.Range(0, 20_000).Select(i => (int)(i * 7919L % max)), ReadAll(path));
        });
    }

    [NumPyFact]
    public void What_nanogpt_and_llm_c_write_with_numpy_is_read_here()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, numpy
            ids = numpy.arange(20_000) * 7919 % 50_257
            ids.astype(numpy.uint16).tofile(f'{sys.argv[1]}/train.bin')
            for name, magic, version, dtype in [('gpt2', 20240520, 1, numpy.uint16), ('llama3', 20240801, 7, numpy.uint32)]:
                header = numpy.zeros(256, dtype=numpy.int32)
                header[:3] = [magic, version, len(ids)]
                with open(f'{sys.argv[1]}/{name}.bin', 'wb') as file:
                    file.write(header.tobytes())
                    file.write(ids.astype(dtype).tobytes())
            """, folder.Path);
        int[] expected = [.. Enumerable.Range(0, 20_000).Select(i => (int)(i * 7919L % 50_257))];

        foreach (string name in (string[])["train.bin", "gpt2.bin", "llama3.bin"]) Assert.Equal(expected, ReadAll(folder.File(name)));
    }

    [NumPyFact]
    public void Other_arrays_of_numpy_are_refused()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, numpy
            save = lambda name, array: numpy.save(f'{sys.argv[1]}/{name}.npy', array)
            save('square', numpy.zeros((2, 2), numpy.uint16))
            save('scalar', numpy.uint16(3))
            save('record', numpy.zeros(2, [('a', '<u2'), ('b', '<f4', (2, 2))]))
            save('float', numpy.zeros(4))
            save('half', numpy.zeros(4, numpy.float16))
            save('bool', numpy.zeros(4, bool))
            save('objects', numpy.array([1, None, 'x'], dtype=object))
            save('texts', numpy.array(['a', 'bc']))
            save('times', numpy.zeros(4, 'M8[s]'))
            """, folder.Path);
        string[] files = Directory.GetFiles(folder.Path);

        Assert.Equal(9, files.Length);
        Assert.All(files, path => Assert.Matches(
            "but (token ids are whole numbers of 1 to 8 bytes: (convert it|save)|token ids have one dimension: convert it)",
            Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message));
    }

    private static void Write(string path, int vocabSize, int[] ids)
    {
        using TokenFileWriter writer = new(path, vocabSize);
        writer.Write(ids);
        writer.Complete();
    }

    private static int[] ReadAll(string path)
    {
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        return ids;
    }
}
