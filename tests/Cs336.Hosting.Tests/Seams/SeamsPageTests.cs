using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Hosting.Tests.Seams;

/// <summary>The examples of docs/seams.md hold to what the page asks of an implementation.</summary>
public sealed class SeamsPageTests : IDisposable
{
    private const int EndId = 256;
    private readonly TemporaryFolder _folder = new();
    private readonly ITokenizer _tokenizer = SeamsPage.New<ITokenizer>("ByteTokenizer");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_tokenizer_gives_all_bytes_back()
    {
        byte[] text = [.. Enumerable.Range(0, 256).Select(value => (byte)value), .. "<|endoftext|>"u8, 0xE2];
        int[] ids = _tokenizer.Encode(text, SpecialTokenHandling.Allow);
        Assert.Equal(258, ids.Length);
        Assert.Equal(EndId, ids[256]);
        Assert.Equal(text, _tokenizer.DecodeBytes(ids));
        Assert.Equal(text.Length, _tokenizer.Encode(text).Length);
        Assert.Equal(256, Assert.Throws<ForbiddenSpecialTokenException>(() => _tokenizer.Encode(text, SpecialTokenHandling.Forbid)).Offset);
        foreach (int id in (int[])[-1, 257]) Assert.Throws<ArgumentOutOfRangeException>(() => _tokenizer.GetTokenBytes(id).Length);
    }

    [Theory]
    [InlineData(SpecialTokenHandling.Allow)]
    [InlineData(SpecialTokenHandling.Ignore)]
    public void A_text_that_is_cut_where_the_tokenizer_says_has_the_same_ids(SpecialTokenHandling handling)
    {
        byte[] text = Encoding.UTF8.GetBytes("a<|endoftext|><|endof<|endoftext|>|>b<|<|endoftext|<|endoftext|>");
        int[] whole = _tokenizer.Encode(text, handling);
        for (int length = 1; length <= text.Length; length++)
        {
            int cut = _tokenizer.FindSafeCut(text.AsSpan(0, length), handling);
            int[] inTwo = [.. _tokenizer.Encode(text.AsSpan(0, cut), handling), .. _tokenizer.Encode(text.AsSpan(cut), handling)];
            Assert.Equal(whole, inTwo);
        }
    }

    [Fact]
    public void A_file_of_several_blocks_has_the_ids_of_the_whole()
    {
        string text = string.Concat(Enumerable.Repeat("Once upon a time.<|endoftext|>", 20_000));
        long count = _tokenizer.EncodeFile(_folder.Write("text.txt", text), _folder.File("tokens.npy"), threadCount: 2);
        int[] expected = _tokenizer.Encode(text, SpecialTokenHandling.Allow), ids = new int[count];
        using TokenFile file = TokenFile.Open(_folder.File("tokens.npy"));
        file.Read(0, ids);
        Assert.Equal(expected, ids);
    }

    [Fact]
    public async Task The_models_texts_are_the_same_alone_and_in_a_batch()
    {
        ILanguageModel model = ModelOf("once upon a time there was a dog. the dog ran home.<|endoftext|>once more.<|endoftext|>");
        using TextGenerator generator = new(_tokenizer, model, new GenerationOptions { Seed = 3, MaxNewTokens = 50 });
        string[] prompts = ["once", "the d", "."];
        IReadOnlyList<GeneratedText> together = await generator.GenerateAsync(prompts);
        for (int i = 0; i < prompts.Length; i++) Assert.Equal(await generator.GenerateAsync(prompts[i]), together[i]);
    }

    [Fact]
    public void The_model_refuses_before_a_cache_has_changed()
    {
        ILanguageModel model = ModelOf("abab"), other = ModelOf("abab");
        using IKvCache cache = model.CreateCache(), foreign = other.CreateCache();
        float[] one = new float[model.VocabSize], two = new float[2 * model.VocabSize];
        model.Forward(cache, new[] { 97, 98 }, one);
        Assert.Equal(97, one.AsSpan().IndexOf(one.Max()));
        Assert.Throws<ArgumentException>(
            () => model.Forward([new DecodingInput(cache, new[] { 97 }), new DecodingInput(foreign, new[] { 97 })], two));
        Assert.Throws<ArgumentException>(() => model.Forward(cache, new[] { 257 }, one));
        Assert.Equal((2, 0), (cache.Length, foreign.Length));
        cache.Truncate(1);
        Assert.Equal(1, cache.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(2));
    }

    [Fact]
    public async Task The_processor_draws_no_end_too_early()
    {
        ILanguageModel model = ModelOf("aa<|endoftext|>a<|endoftext|>"); // an end is what follows most often
        using TextGenerator generator = new(_tokenizer, model);
        GenerationOptions options = new() { Temperature = 0, Processors = [SeamsPage.New<ILogitProcessor>("AtLeast", 3, EndId)] };
        Assert.Equal(1, (await generator.GenerateAsync("a", options with { Processors = [] })).NewTokens);
        Assert.Equal(4, (await generator.GenerateAsync("a", options)).NewTokens);
    }

    [Fact]
    public void The_schedule_rises_and_falls_and_never_ends()
    {
        ILrSchedule schedule = SeamsPage.New<ILrSchedule>("InverseRootSchedule", 1e-3, 100L), steep = SeamsPage.New<ILrSchedule>(
            "InverseRootSchedule", 1e-3, 0L);
        Assert.Equal([0, 5e-4, 1e-3, 5e-4], ((long[])[0, 50, 100, 400]).Select(step => Math.Round(schedule.GetLearningRate(step), 12)));
        Assert.Equal([1e-3, 1e-3, 5e-4], ((long[])[0, 1, 4]).Select(step => Math.Round(steep.GetLearningRate(step), 12)));
        Assert.InRange(schedule.GetLearningRate(long.MaxValue), 0, 1e-9);
    }

    [Fact]
    public void A_run_of_them_all_that_is_resumed_equals_one_that_never_stopped()
    {
        using TransformerLM model = NewModel(), half = NewModel(), resumed = NewModel();
        IMetricSink sink = SeamsPage.New<IMetricSink>("MetricHistory");
        MemoryBlobs blobs = MemoryBlobs.New();
        Train(model, MemoryBlobs.New(), steps: 6, sink: null);
        Train(half, blobs, steps: 3, sink);
        Train(resumed, blobs, steps: 6, sink);
        foreach ((NamedParameter expected, NamedParameter actual) in NamedParameter.Of(model).Zip(NamedParameter.Of(resumed)))
            Assert.True(expected.Parameter.allclose(actual.Parameter, rtol: 0, atol: 0), expected.Name);
        Assert.Equal(
            [1, 2, 3, 4, 5, 6],
            ((IReadOnlyList<TrainingMetrics>)sink.GetType().GetProperty("Steps")!.GetValue(sink)!).Select(metrics => metrics.Step));
        sink.Begin(4);
        Assert.Equal(4, ((IReadOnlyList<TrainingMetrics>)sink.GetType().GetProperty("Steps")!.GetValue(sink)!).Count);
    }

    [Fact]
    public void The_optimizer_takes_two_steps_as_the_equation_says()
    {
        using TransformerLM model = NewModel();
        NamedParameter parameter = NamedParameter.Of(model)[0];
        using IOptimizer optimizer = SeamsPage.New<IOptimizer>("MomentumSgd", new[] { parameter }, 0.5);
        using Tensor before = parameter.Parameter.detach().clone();
        parameter.Parameter.grad = ones_like(parameter.Parameter);
        optimizer.Step(0.1);
        optimizer.Step(0.1); // m is 1, then 1.5
        Assert.True(parameter.Parameter.detach().allclose(before - 0.25, rtol: 1e-5, atol: 1e-6));
        optimizer.ZeroGrad();
        Assert.True(parameter.Parameter.grad is null);
        foreach (double rate in (double[])[-1, double.NaN, double.PositiveInfinity])
            Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Step(rate));
    }

    [Theory]
    [InlineData(100, TrainingOutcome.Cancelled, 2)]
    [InlineData(0, TrainingOutcome.Completed, 6)]
    public void The_callback_ends_a_run_that_is_good_enough(double loss, TrainingOutcome outcome, long step)
    {
        using CancellationTokenSource stop = new();
        using TransformerLM model = NewModel();
        TrainingResult result = Train(
            model, MemoryBlobs.New(), steps: 6, sink: null, SeamsPage.New<ITrainingCallback>("StopBelow", loss, stop), stop.Token);
        Assert.Equal((outcome, step), (result.Outcome, result.Step));
    }

    private static TransformerLM NewModel() =>
        new(new TransformerConfig { VocabSize = 257, ContextLength = 8, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 16, InitSeed = 1 });

    private ILanguageModel ModelOf(string text) =>
        SeamsPage.New<ILanguageModel>("BigramModel", 257, _tokenizer.Encode(text, SpecialTokenHandling.Allow));

    private TrainingResult Train(
        TransformerLM model, MemoryBlobs blobs, long steps, IMetricSink? sink, ITrainingCallback? callback = null,
        CancellationToken cancellationToken = default)
    {
        string tokens = _folder.File("tokens.npy");
        if (!File.Exists(tokens))
            _tokenizer.EncodeFile(_folder.Write("text.txt", string.Concat(Enumerable.Repeat("once upon a time<|endoftext|>", 40))), tokens);
        (TokenDataset training, TokenDataset validation) = TokenDataset.OpenSplit(tokens, validationFraction: 0.2);
        using TrainingData data = new() { Training = training, Validation = validation };
        using IOptimizer optimizer = SeamsPage.New<IOptimizer>("MomentumSgd", NamedParameter.Of(model), 0.9);
        Cs336.Training.Trainer trainer = new(
            model, optimizer, SeamsPage.New<ILrSchedule>(
                "InverseRootSchedule", 1e-2, 2L), data, new TrainerOptions { MaxSteps = steps, BatchSize = 2, EvaluateEvery =
                2, CheckpointEvery = 2, KeepCheckpoints = 2 },
            SeamsPage.New<ICheckpointStore>("BlobCheckpointStore", blobs, "run/"), sink, callback is null ? [] : [callback]);
        trainer.Resume();
        return trainer.Run(cancellationToken: cancellationToken);
    }
}
