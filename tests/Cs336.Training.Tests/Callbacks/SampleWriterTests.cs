using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Training.Tests;

public sealed class SampleWriterTests : IDisposable
{
    private static readonly BpeTokenizer Tokenizer = new(new BpeModel(
        [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "<|endoftext|>"u8.ToArray()], [],
        [new("<|endoftext|>", 256)]));
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_end_at_stop_strings_and_come_from_the_training_thread()
    {
        Successor model = new();
        SampleWriter writer = new(model, Tokenizer, _folder.File("run/samples.txt"), ["a", "x", "~"], 10,
            new GenerationOptions { Temperature = 0, MaxNewTokens = 6, StopStrings = ["ef", "zz"] });
        writer.OnBegin(0);
        writer.OnStep(Metrics(9));
        writer.OnStep(Metrics(10));
        // "z" might have become a stop string; no byte from 128 on is a character here.
        Assert.Equal("===== step 10 =====\n\nabcd\n\nxyz{|}~\n\n~\u007F\uFFFD\uFFFD\uFFFD\uFFFD\uFFFD\n\n",
            File.ReadAllText(_folder.File("run/samples.txt")));
        Assert.Equal([Environment.CurrentManagedThreadId], model.Threads);
    }

    [Fact]
    public void Samples_of_steps_that_are_done_again_are_forgotten()
    {
        SampleWriter writer = new(new Successor(), Tokenizer, _folder.File("samples.txt"), ["ä"], 10,
            new GenerationOptions { Temperature = 0, MaxNewTokens = 1 });
        writer.OnBegin(0);
        foreach (int step in (int[])[10, 20, 30]) writer.OnStep(Metrics(step));
        writer.OnBegin(20);
        Assert.Equal("===== step 10 =====\n\nä\uFFFD\n\n===== step 20 =====\n\nä\uFFFD\n\n", File.ReadAllText(_folder.File("samples.txt")));
    }

    [TmpfsFact]
    public void A_full_disk_leaves_no_half_of_a_sample()
    {
        using Tmpfs disk = new(_folder.Path, "64k");
        SampleWriter writer = new(new Successor(), Tokenizer, _folder.File("samples.txt"), ["a"], 1,
            new GenerationOptions { Temperature = 0, MaxNewTokens = 1 });
        writer.OnBegin(0);
        int step = 0;
        Action write = () =>
        {
            while (true) writer.OnStep(Metrics(++step));
        };
        Assert.Throws<IOException>(write);
        Assert.EndsWith($"===== step {step - 1} =====\n\nab\n\n", File.ReadAllText(_folder.File("samples.txt")));
    }

    private static TrainingMetrics Metrics(long step) => new()
    {
        Step = step, Loss = 2.5, LearningRate = 1e-3, GradientNorm = 0.5, TokensSeen = 128 * step, TokensPerSecond = 1000,
            Elapsed = TimeSpan.FromSeconds(step),
    };

    /// <summary>A model after whose every token comes the next id.</summary>
    private sealed class Successor : ILanguageModel
    {
        public HashSet<int> Threads { get; } = [];

        public int VocabSize => 257;

        public int ContextLength => 32;

        public IKvCache CreateCache() => new Cache();

        public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
        {
            Threads.Add(Environment.CurrentManagedThreadId);
            logits.Clear();
            for (int i = 0; i < batch.Length; i++) logits[(i * VocabSize) + ((batch[i].Tokens.Span[^1] + 1) % VocabSize)] = 50;
        }

        private sealed class Cache : IKvCache
        {
            public int Length => 0;

            public void Truncate(int length) { }

            public void Dispose() { }
        }
    }
}
