namespace Cs336.Training.Tests;

public sealed class DiskTests : IDisposable
{
    private static readonly TrainerOptions Options = new() { MaxSteps = 40, BatchSize = 2, EvaluateEvery = 100, CheckpointEvery = 4,
        KeepCheckpoints = 100 };
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [TmpfsFact]
    public void A_full_disk_ends_the_run_with_a_clear_error_and_every_earlier_checkpoint_whole()
    {
        string mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        using Tmpfs disk = new(mount, "1m");
        string ballast = Path.Combine(mount, "ballast");
        File.WriteAllBytes(ballast, new byte[700_000]);
        FileCheckpointStore store = new(Path.Combine(mount, "checkpoints"));
        using (TinyRun run = new(_folder, Options, store))
        {
            string message = Assert.ThrowsAny<IOException>(() => run.Trainer.Run()).Message;
            Assert.Matches("^The checkpoint of step [0-9]+ cannot be saved in .*disk/checkpoints: .* Those saved before are untouched.$",
                message);
        }
        CheckpointFinding found = CheckpointReader.FindNewest(store);
        Assert.Empty(found.Warnings);
        Assert.InRange(found.Step!.Value, 4, 39);
        foreach (string folder in Directory.EnumerateDirectories(Path.Combine(mount, "checkpoints")))
            Assert.Matches("step-[0-9]{8}$", folder);

        File.Delete(ballast);
        using TinyRun resumed = new(_folder, Options with { KeepCheckpoints = 1 }, store);
        Assert.Equal(found.Step, resumed.Trainer.Resume().Step);
        Assert.Equal(TrainingOutcome.Completed, resumed.Trainer.Run().Outcome);
    }

    [TmpfsFact]
    public void A_folder_that_turns_read_only_ends_the_run_and_its_checkpoints_can_still_be_read()
    {
        string mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        using Tmpfs disk = new(mount, "4m");
        FileCheckpointStore store = new(Path.Combine(mount, "checkpoints"));
        using (TinyRun run = new(_folder, Options with { CheckpointInBackground = false }, store)) // so that step 8 is on the disk by then
        {
            run.OnProgress = metrics => { if (metrics.Step == 10) disk.MakeReadOnly(); };
            Assert.Contains("Read-only file system", Assert.ThrowsAny<IOException>(() => run.Trainer.Run(run.Progress)).Message);
        }
        Assert.Equal(new CheckpointFinding(8, []).Step, CheckpointReader.FindNewest(store).Step);
        using (SavedModel model = SavedModel.LoadNewest(store)) Assert.Equal(8, model.Step);

        string config = _folder.File("tokens-of-run.npy");
        File.Copy(_folder.File("walk.npy"), config);
        RunConfig run2 = RunConfig.Parse($$"""{ "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 }, "data": { "training": "{{config}}" } }""");
        Assert.Matches("run cannot be written to: .*[Rr]ead-only",
            Assert.Throws<InvalidDataException>(() => TrainingRun.Create(Path.Combine(mount, "run"), run2)).Message);
        disk.MakeWritable();
        using TinyRun resumed = new(_folder, Options, store);
        Assert.Equal(8, resumed.Trainer.Resume().Step);
    }

    [TmpfsFact]
    public void A_run_that_is_refused_for_a_full_disk_leaves_no_file_behind()
    {
        string mount = Directory.CreateDirectory(_folder.File("disk")).FullName;
        using Tmpfs disk = new(mount, "64k");
        string ballast = Path.Combine(mount, "ballast"), tokens = TokenFiles.Write(_folder, "tokens.npy", TokenFiles.Walk(500, 40), 40);
        Assert.Throws<IOException>(() => File.WriteAllBytes(ballast, new byte[1 << 20]));
        RunConfig config = RunConfig.Parse($$"""{ "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 }, "data": { "training": "{{tokens}}" } }""");
        Assert.Contains("No space left", Assert.Throws<InvalidDataException>(() => TrainingRun.Create(Path.Combine(mount, "run"), config))
            .Message);
        Assert.Equal([ballast], Directory.EnumerateFileSystemEntries(mount));
    }

    [Fact]
    public void Files_cut_at_any_byte_count_are_found_and_the_last_good_checkpoint_is_used()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using (TinyRun run = new(_folder, Options with { MaxSteps = 8 }, store)) run.Trainer.Run();
        Random random = new(1);
        foreach (string path in Directory.EnumerateFiles(store.FolderOf(8)))
        {
            byte[] whole = File.ReadAllBytes(path);
            foreach (int length in (int[])[0, 1, whole.Length - 1, .. Enumerable.Range(0, 20).Select(_ => random.Next(whole.Length))])
            {
                File.WriteAllBytes(path, whole[..length]);
                CheckpointFinding found = CheckpointReader.FindNewest(store);
                Assert.True(found.Step == 4 && found.Warnings is [string warning]
                    && warning.StartsWith("The checkpoint of step 8 is not used: ", StringComparison.Ordinal), $"{path} cut to {length}");
            }
            File.WriteAllBytes(path, whole);
        }
        Assert.Equal(8, CheckpointReader.FindNewest(store).Step);
    }

    [Fact]
    public void Writing_that_fails_after_any_number_of_bytes_leaves_what_was_there()
    {
        Random random = new(2);
        for (int i = 0; i < 12; i++)
        {
            FileCheckpointStore files = new(_folder.File($"checkpoints-{i}"));
            using (TinyRun first = new(_folder, Options with { MaxSteps = 4 }, files)) first.Trainer.Run();
            FailingStore failing = new(files, random.Next(1, 180_000));
            using TinyRun run = new(_folder, Options with { MaxSteps = 8 }, failing);
            run.Trainer.Resume();
            Assert.Contains("there is no room", Assert.Throws<IOException>(() => run.Trainer.Run()).Message);
            CheckpointFinding found = CheckpointReader.FindNewest(files);
            Assert.Equal(4, found.Step);
            Assert.Empty(found.Warnings);
        }
    }

    [Fact]
    public void Every_bit_of_the_manifest_and_any_of_the_other_files_is_guarded()
    {
        InMemoryCheckpointStore store = new();
        using (TinyRun run = new(_folder, Options with { MaxSteps = 1 }, store)) run.Trainer.Run();
        Assert.Null(new VerifiedCheckpoints(store).FindDamage(1, out CheckpointManifest? manifest));
        Random random = new(3);
        foreach (string file in (string[])[CheckpointManifest.Name, .. manifest!.Files.Keys])
        {
            byte[] whole = Read(store, file);
            IEnumerable<int> bits = file == CheckpointManifest.Name ? Enumerable.Range(0, whole.Length * 8)
                : Enumerable.Range(0, 40).Select(_ => random.Next(whole.Length * 8));
            foreach (int bit in bits)
            {
                byte[] flipped = [.. whole];
                flipped[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.True(new VerifiedCheckpoints(new PatchedStore(store, file, flipped)).FindDamage(1, out _) is not null,
                    $"bit {bit} of {file} was flipped unseen");
            }
        }
    }

    private static byte[] Read(ICheckpointStore store, string file)
    {
        using MemoryStream content = (MemoryStream)store.OpenReadAsync(1, file).Result;
        return content.ToArray();
    }

    /// <summary>A store that gives one file another content.</summary>
    private sealed class PatchedStore(ICheckpointStore inner, string file, byte[] content) : ICheckpointStore
    {
        public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();
        public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);
        public Task<Stream> OpenReadAsync(long step, string name, CancellationToken cancellationToken = default) =>
            name == file ? Task.FromResult<Stream>(new MemoryStream(content)) : inner.OpenReadAsync(step, name, cancellationToken);
        public Task DeleteAsync(long step, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }

    /// <summary>A store whose streams fail once so many bytes are written.</summary>
    private sealed class FailingStore(ICheckpointStore inner, int bytes) : ICheckpointStore
    {
        private int _left = bytes;

        public Task SaveAsync(long step, IReadOnlyList<CheckpointFile> files, CancellationToken cancellationToken = default) =>
            inner.SaveAsync(step,
                [.. files.Select(file => file with { WriteTo = stream => file.WriteTo(new LimitedStream(stream, Take)) })],
                cancellationToken);
        public Task<IReadOnlyList<long>> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);
        public Task<Stream> OpenReadAsync(long step, string file, CancellationToken cancellationToken = default) =>
            inner.OpenReadAsync(step, file, cancellationToken);
        public Task DeleteAsync(long step, CancellationToken cancellationToken = default) => inner.DeleteAsync(step, cancellationToken);

        private int Take(int count)
        {
            int given = Math.Min(count, _left);
            _left -= given;
            return given;
        }
    }

    private sealed class LimitedStream(Stream inner, Func<int, int> take) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            int given = take(buffer.Length);
            inner.Write(buffer[..given]);
            if (given < buffer.Length) throw new IOException("there is no room");
        }
    }
}
