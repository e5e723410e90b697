namespace Cs336.Inference.Tests;

public sealed class MappedSafetensorsTests
{
    [Fact]
    public void Tensors_are_found_by_name_and_read_in_place()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("a.safetensors");
        SafetensorsWriter.WriteFile(path, [
            new("x", SafetensorsType.I8, [3]), new("empty", SafetensorsType.F32, [0]), new("y", SafetensorsType.I8, [2])],
            (entry, stream) => stream.Write(entry.Name == "x" ? [1, 2, 3] : entry.Name == "y" ? [4, 5] : []));
        MappedSafetensors mapped = new(path);
        Assert.Equal(["x I8 (3)", "empty F32 (0)", "y I8 (2)"], mapped.Tensors.Select(tensor => tensor.ToString()));
        Assert.Equal([1, 2, 3], mapped.BytesOf("x").ToArray());
        Assert.Equal([4, 5], mapped.BytesOf("y").ToArray());
        Assert.Empty(mapped.BytesOf("empty").ToArray());
        Assert.Null(mapped.Find("z"));
        Assert.Contains("no tensor 'z'", Assert.Throws<KeyNotFoundException>(() => { mapped.BytesOf("z"); }).Message);
        mapped.Dispose();
        mapped.Dispose();
        Assert.Throws<ObjectDisposedException>(() => { mapped.BytesOf("x"); });
    }

    [Fact]
    public void A_damaged_file_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("bad.safetensors", "this is no such file at all");
        Assert.Contains("Is it another kind of file?", Assert.Throws<InvalidDataException>(() => new MappedSafetensors(path)).Message);
    }

    [Fact]
    public void A_write_that_fails_leaves_the_file_before_and_nothing_beside_it()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("sub/a.safetensors");
        SafetensorsEntry[] entries = [new("x", SafetensorsType.I8, [3])];
        SafetensorsWriter.WriteFile(path, entries, (_, stream) => stream.Write([1, 2, 3]));
        Assert.Throws<IOException>(() => SafetensorsWriter.WriteFile(path, entries, (_, stream) =>
        {
            stream.Write([9]);
            throw new IOException("the disk is full");
        }));
        Assert.Throws<InvalidOperationException>(() => SafetensorsWriter.WriteFile(path, entries, (_, stream) => stream.Write([9])));
        using MappedSafetensors mapped = new(path);
        Assert.Equal([1, 2, 3], mapped.BytesOf("x").ToArray());
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }
}
