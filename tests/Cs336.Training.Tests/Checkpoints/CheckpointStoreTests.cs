using System.Text;

namespace Cs336.Training.Tests;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Stores => ["file", "memory"];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_checkpoint_is_saved_listed_read_replaced_and_removed(string kind)
    {
        ICheckpointStore store = Make(kind);
        Assert.Empty(await store.ListAsync());
        await store.SaveAsync(20, [FileOf("a", "one"), FileOf("b", "two")]);
        await store.SaveAsync(3, [FileOf("a", "three")]);
        Assert.Equal([3, 20], await store.ListAsync());
        Assert.Equal("two", await Read(store, 20, "b"));
        await store.SaveAsync(20, [FileOf("a", "again")]);
        Assert.Equal("again", await Read(store, 20, "a"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.OpenReadAsync(20, "b"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.OpenReadAsync(4, "a"));
        await store.DeleteAsync(20);
        await store.DeleteAsync(20);
        Assert.Equal([3], await store.ListAsync());
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_save_that_fails_or_is_cancelled_leaves_what_was_there(string kind)
    {
        ICheckpointStore store = Make(kind);
        await store.SaveAsync(1, [FileOf("a", "good")]);
        CheckpointFile failing = new("b", _ => throw new IOException("No space left on device"));
        await Assert.ThrowsAsync<IOException>(() => store.SaveAsync(1, [FileOf("a", "half"), failing]));
        await Assert.ThrowsAsync<IOException>(() => store.SaveAsync(2, [FileOf("a", "half"), failing]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            store.SaveAsync(2, [FileOf("a", "half")], new CancellationToken(canceled: true)));
        Assert.Equal([1], await store.ListAsync());
        Assert.Equal("good", await Read(store, 1, "a"));
    }

    [Fact]
    public async Task Folders_have_names_that_sort_and_nothing_else_stays_behind()
    {
        FileCheckpointStore store = new(_folder.Path);
        await store.SaveAsync(1000, [FileOf("model.safetensors", "x")]);
        await store.SaveAsync(1000, [FileOf("model.safetensors", "y")]);
        Assert.Equal(["step-00001000"], Directory.EnumerateFileSystemEntries(_folder.Path).Select(Path.GetFileName));
        Assert.True(File.Exists(Path.Combine(store.FolderOf(1000), "model.safetensors")));
    }

    [Fact]
    public async Task What_a_crash_leaves_is_not_listed_and_is_cleared_away()
    {
        FileCheckpointStore store = new(_folder.Path);
        Directory.CreateDirectory(Path.Combine(_folder.Path, ".unfinished-step-00000007"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "step-abc"));
        Directory.CreateDirectory(Path.Combine(_folder.Path, "step-7"));
        Assert.Empty(await store.ListAsync());
        await store.SaveAsync(7, [FileOf("a", "x")]);
        Assert.Equal([7], await store.ListAsync());
        Assert.False(Directory.Exists(Path.Combine(_folder.Path, ".unfinished-step-00000007")));
    }

    [Fact]
    public async Task A_crash_between_the_two_renames_of_a_replacement_loses_nothing()
    {
        FileCheckpointStore store = new(_folder.Path);
        await store.SaveAsync(7, [FileOf("a", "old")]);
        Directory.Move(store.FolderOf(7), Path.Combine(_folder.Path, ".replaced-step-00000007"));
        Assert.Equal([7], await store.ListAsync());
        Assert.Equal("old", await Read(store, 7, "a"));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("")]
    [InlineData("..")]
    public async Task A_part_cannot_leave_its_folder(string name)
    {
        FileCheckpointStore store = new(_folder.Path);
        await Assert.ThrowsAsync<ArgumentException>(() => store.SaveAsync(1, [FileOf(name, "x")]));
        await Assert.ThrowsAsync<ArgumentException>(() => store.OpenReadAsync(1, name));
        Assert.Empty(await store.ListAsync());
    }

    private ICheckpointStore Make(string kind) =>
        kind == "file" ? new FileCheckpointStore(Path.Combine(_folder.Path, "checkpoints")) : new InMemoryCheckpointStore();

    private static CheckpointFile FileOf(string name, string content) => new(name, stream => stream.Write(Encoding.UTF8.GetBytes(content)));

    private static async Task<string> Read(ICheckpointStore store, long step, string file)
    {
        using StreamReader reader = new(await store.OpenReadAsync(step, file));
        return await reader.ReadToEndAsync();
    }
}
