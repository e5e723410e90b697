using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training.Tests;

/// <summary>Checkpoints of a loop of one's own.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_loop_of_one_s_own_goes_on_from_its_checkpoint_bit_for_bit()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        float[] whole, resumed;
        using (TransformerLM model = MakeModel())
        using (AdamW optimizer = new(NamedParameter.Of(model)))
        {
            Learn(model, optimizer, 0, 5);
            Checkpoint.Save(store, 5, model, optimizer, [new CheckpointFile("place.txt", stream => stream.Write("5 of 10"u8))]);
            Learn(model, optimizer, 5, 10);
            whole = Weights(model);
        }
        using (TransformerLM model = MakeModel())
        using (AdamW optimizer = new(NamedParameter.Of(model)))
        {
            long step = CheckpointReader.FindNewest(store).Step!.Value;
            Checkpoint.Load(store, step, model, optimizer);
            using (StreamReader place = new(Checkpoint.OpenRead(store, step, "place.txt"))) Assert.Equal("5 of 10", place.ReadToEnd());
            Learn(model, optimizer, (int)step, 10);
            resumed = Weights(model);
        }
        Assert.Equal(whole, resumed);
    }

    [Fact]
    public void A_model_alone_is_enough_for_whoever_reads_models()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using TransformerLM model = MakeModel();
        Checkpoint.Save(store, 3, model);
        Checkpoint.Save(store, 7, model, bestStep: 3);
        Assert.Equal((7L, 3L), (CheckpointReader.FindNewest(store).Step, CheckpointReader.FindBest(store).Step));
        using (SavedModel saved = SavedModel.LoadNewest(store)) Assert.Equal(Weights(model), Weights(saved.Model));
        using CpuLanguageModel fast = CpuLanguageModel.Load(_folder.Path);
        Assert.Equal(model.Config.VocabSize, fast.VocabSize);

        using AdamW optimizer = new(NamedParameter.Of(model));
        Assert.Equal("The checkpoint of step 7 has no optimizer.safetensors: it was saved without an optimizer.",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(store, 7, model, optimizer)).Message);
        using TinyRun run = new(_folder, new TrainerOptions(), store, model.Config);
        Assert.Equal("The checkpoint of step 7 was not written by a Trainer, as it has no optimizer.safetensors and no trainer.json and no "
            + "torch-random.bin: read it with Checkpoint.Load, or begin anew in another folder.",
            Assert.Throws<InvalidDataException>(() => run.Trainer.Resume()).Message);
    }

    [Fact]
    public void A_trainer_s_checkpoint_is_read_the_same_way()
    {
        InMemoryCheckpointStore store = new();
        using TinyRun run = new(_folder, new TrainerOptions { MaxSteps = 2, BatchSize = 2 }, store);
        run.Trainer.Run();
        using TransformerLM model = new(TinyRun.Config);
        using AdamW optimizer = new(NamedParameter.Of(model));
        Checkpoint.Load(store, 2, model, optimizer);
        Assert.Equal(run.Weights(), Weights(model));
        Assert.Equal(2, optimizer.State["step"].item<long>());
    }

    [Fact]
    public void Damage_is_found_by_the_part_and_nothing_is_filled_with_it()
    {
        FileCheckpointStore store = new(_folder.File("checkpoints"));
        using TransformerLM model = MakeModel(), other = MakeModel(seed: 2);
        Checkpoint.Save(store, 1, model, others: [new CheckpointFile("notes.txt", stream => stream.Write("abc"u8))]);
        Assert.Null(Checkpoint.FindDamage(store, 1));
        File.WriteAllText(Path.Combine(store.FolderOf(1), "notes.txt"), "abd");
        Assert.StartsWith("notes.txt is damaged: its SHA-256 is ", Checkpoint.FindDamage(store, 1));
        Assert.StartsWith("The checkpoint of step 1 cannot be used: notes.txt is damaged",
            Assert.Throws<InvalidDataException>(() => Checkpoint.OpenRead(store, 1, "notes.txt")).Message);
        Checkpoint.OpenRead(store, 1, "config.json").Dispose();
        float[] before = Weights(other);
        Assert.Throws<InvalidDataException>(() => Checkpoint.Load(store, 1, other));
        Assert.Equal(before, Weights(other));
        Assert.Contains("it has model.safetensors, config.json, notes.txt",
            Assert.Throws<FileNotFoundException>(() => Checkpoint.OpenRead(store, 1, "place.txt")).Message);
        Assert.NotNull(Checkpoint.FindDamage(store, 2));
    }

    [Fact]
    public void Another_model_or_optimizer_is_refused_before_anything_is_filled()
    {
        InMemoryCheckpointStore store = new();
        using TransformerLM model = MakeModel(), wider = new(TinyRun.Config with { DFf = 64 }), same = MakeModel(seed: 2);
        using AdamW optimizer = new(NamedParameter.Of(model));
        Checkpoint.Save(store, 1, model, optimizer);
        Assert.StartsWith("The checkpoint of step 1 is of another model: ",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(store, 1, wider)).Message);
        using Muon muon = new(NamedParameter.Of(same));
        float[] before = Weights(same);
        Assert.Matches("^The checkpoint of step 1 is of another optimizer than Muon: .*; and [0-9]+ more\\.$",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Load(store, 1, same, muon)).Message);
        Assert.Equal(before, Weights(same));
        Assert.Contains("two files named config.json", Assert.Throws<ArgumentException>(() =>
            Checkpoint.Save(store, 2, model, others: [new CheckpointFile("config.json", _ => { })])).Message);
    }

    [Fact]
    public void Old_checkpoints_that_cannot_be_removed_are_told_of_and_tried_again()
    {
        FailingStore store = new();
        store.OnDelete = step => { if (step == 1 && TinyRun.Saved(store)[^1] < 4) throw new IOException("it is held open"); };
        using TinyRun run = new(_folder, new TrainerOptions { MaxSteps = 5, BatchSize = 2, CheckpointEvery = 1, KeepCheckpoints = 1,
            KeepBest = false, CheckpointInBackground = false }, store);
        TrainingResult result = run.Trainer.Run();
        Assert.Equal(TrainingOutcome.Completed, result.Outcome);
        Assert.Equal(2, result.Warnings.Count); // after steps 2 and 3
        Assert.Equal("No longer kept, but not removed: the checkpoint of step 1. it is held open. It is tried again when the next one "
            + "has been saved.", result.Warnings[0]);
        Assert.Equal([5], TinyRun.Saved(store));
    }

    private static TransformerLM MakeModel(long seed = 1) => new(TinyRun.Config with { InitSeed = seed });

    private static void Learn(TransformerLM model, IOptimizer optimizer, int from, int to)
    {
        long[] ids = [.. TokenFiles.Walk(10 * 17, 40).Select(id => (long)id)];
        for (int step = from; step < to; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            optimizer.ZeroGrad();
            LanguageModelLoss.Backward(model, new TokenBatch(tensor(ids[(17 * step)..((17 * step) + 16)], [1, 16]),
                tensor(ids[((17 * step) + 1)..(17 * (step + 1))], [1, 16])));
            optimizer.Step(1e-3);
        }
    }

    private static float[] Weights(TransformerLM model) =>
        [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
}
