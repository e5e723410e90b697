using System.Text;
using Cs336.Training;

namespace Cs336.Hosting.Tests.Seams;

/// <summary>The checkpoint store of docs/seams.md keeps what it promises, wherever the service breaks off.</summary>
public sealed class BlobCheckpointStoreTests
{
    private static readonly string[] Files = ["model", "optimizer", "manifest.json"];

    [Fact]
    public async Task What_was_saved_is_listed_and_read_until_it_is_deleted()
    {
        ICheckpointStore store = StoreOf(MemoryBlobs.New());
        foreach (long step in (long[])[10, 9, 100]) await store.SaveAsync(step, FilesOf($"step {step}"));
        Assert.Equal([9, 10, 100], await store.ListAsync());
        Assert.Equal("optimizer of step 10", await ReadAsync(store, 10, "optimizer"));
        await store.DeleteAsync(10);
        await store.DeleteAsync(11);
        Assert.Equal([9, 100], await store.ListAsync());
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.OpenReadAsync(10, "model"));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.OpenReadAsync(9, "nothing"));
    }

    [Fact]
    public async Task Two_stores_of_one_service_know_nothing_of_each_other()
    {
        MemoryBlobs blobs = MemoryBlobs.New();
        ICheckpointStore one = StoreOf(blobs, "runs/1/"), eleven = StoreOf(blobs, "runs/11/");
        await one.SaveAsync(1, FilesOf("one"));
        await eleven.SaveAsync(2, FilesOf("eleven"));
        await one.SaveAsync(3, FilesOf("one"));
        Assert.Equal([1, 3], await one.ListAsync());
        Assert.Equal("model of eleven", await ReadAsync(eleven, 2, "model"));
    }

    [Fact]
    public async Task A_save_that_breaks_off_anywhere_leaves_the_old_checkpoint_or_the_new_one()
    {
        bool hasBroken = true;
        for (int calls = 0; hasBroken; calls++)
        {
            MemoryBlobs blobs = MemoryBlobs.New();
            ICheckpointStore store = StoreOf(blobs);
            await store.SaveAsync(4, FilesOf("step 4"));
            await store.SaveAsync(5, FilesOf("the old step 5"));
            blobs.CallsLeft = calls;
            Exception? failure = await Record.ExceptionAsync(() => store.SaveAsync(5, FilesOf("the new step 5")));
            hasBroken = blobs.CallsLeft < 0;
            blobs.CallsLeft = int.MaxValue;

            Assert.Equal([4, 5], await store.ListAsync());
            string model = await ReadAsync(store, 5, "model");
            Assert.Equal(failure is null ? "model of the new step 5" : "model of the old step 5", model);
            foreach (string file in Files) Assert.Equal(model.Replace("model", file), await ReadAsync(store, 5, file));

            await store.SaveAsync(5, FilesOf("the last step 5"));
            Assert.Equal("model of the last step 5", await ReadAsync(store, 5, "model"));
            Assert.Equal(2 * (Files.Length + 1), blobs.Blobs.Count); // of what broke off nothing is left
        }
    }

    [Fact]
    public async Task A_removal_that_breaks_off_anywhere_leaves_no_half_of_a_checkpoint()
    {
        bool hasBroken = true;
        for (int calls = 0; hasBroken; calls++)
        {
            MemoryBlobs blobs = MemoryBlobs.New();
            ICheckpointStore store = StoreOf(blobs);
            await store.SaveAsync(4, FilesOf("step 4"));
            await store.SaveAsync(5, FilesOf("step 5"));
            blobs.CallsLeft = calls;
            await Record.ExceptionAsync(() => store.DeleteAsync(4));
            hasBroken = blobs.CallsLeft < 0;
            blobs.CallsLeft = int.MaxValue;

            IReadOnlyList<long> steps = await store.ListAsync();
            Assert.Contains(5, steps);
            foreach (long step in steps)
                foreach (string file in Files) Assert.Equal($"{file} of step {step}", await ReadAsync(store, step, file));
            await store.DeleteAsync(4);
            await store.SaveAsync(6, FilesOf("step 6"));
            Assert.Equal(2 * (Files.Length + 1), blobs.Blobs.Count);
        }
    }

    [Fact]
    public async Task A_service_that_deletes_nothing_keeps_no_run_from_saving()
    {
        MemoryBlobs blobs = MemoryBlobs.New();
        ICheckpointStore store = StoreOf(blobs);
        blobs.RefusesToDelete = true;
        for (int i = 1; i <= 3; i++) await store.SaveAsync(5, FilesOf($"save {i}"));
        Assert.Equal("model of save 3", await ReadAsync(store, 5, "model"));
        blobs.RefusesToDelete = false;
        await store.SaveAsync(5, FilesOf("save 4"));
        Assert.Equal(Files.Length + 1, blobs.Blobs.Count);
    }

    private static ICheckpointStore StoreOf(MemoryBlobs blobs, string prefix = "run/") =>
        SeamsPage.New<ICheckpointStore>("BlobCheckpointStore", blobs, prefix);

    private static CheckpointFile[] FilesOf(string what) =>
        [.. Files.Select(file => new CheckpointFile(file, stream => stream.Write(Encoding.UTF8.GetBytes($"{file} of {what}"))))];

    private static async Task<string> ReadAsync(ICheckpointStore store, long step, string file)
    {
        using StreamReader reader = new(await store.OpenReadAsync(step, file));
        return await reader.ReadToEndAsync();
    }
}
