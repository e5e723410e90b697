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
    public void Other_arrays_of_numpy_are_refused()
    {
        using TemporaryFolder folder = new();
        NumPyFactAttribute.Run(
            """
            import sys, numpy
            save = lambda name, array: numpy.save(f'{sys.argv[1]}/{name}.npy', array)
            save('signed', numpy.zeros(4, numpy.int16))
            save('big', numpy.zeros(4, '>u2'))
            save('square', numpy.zeros((2, 2), numpy.uint16))
            save('scalar', numpy.uint16(3))
            save('record', numpy.zeros(2, [('a', '<u2')]))
            save('float', numpy.zeros(4))
            """, folder.Path);
        string[] files = Directory.GetFiles(folder.Path);

        Assert.Equal(6, files.Length);
        Assert.All(files, path => Assert.Matches(
            "but (token ids are <u2, <u4 or <i4: convert it|token ids have one dimension: convert it|an .npy header is)", Assert.Throws<InvalidDataException>(() => TokenFile.Open(path)).Message));
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
