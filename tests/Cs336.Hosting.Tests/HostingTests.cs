using System.Buffers;
using Cs336.Inference;
using Cs336.Serving;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static TorchSharp.torch;

namespace Cs336.Hosting.Tests;

public sealed class HostingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HostingTests()
    {
        string text = _folder.Write(
            "text.txt", string.Concat(Enumerable.Range(0, 400).Select(i => $"The {i % 7} cats saw {i % 5} dogs.\n<|endoftext|>\n")));
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, SpecialTokens = ["<|endoftext|>"] }).Train(text);
        model.Save(_folder.File("tokenizer"));
        new BpeTokenizer(model).EncodeFile(text, _folder.File("tokens.npy"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_host_trains_and_generates_with_what_is_registered()
    {
        using IHost host = Build();
        await host.StartAsync();
        TrainingResult result = await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
        Assert.Equal((TrainingOutcome.Completed, 6), (result.Outcome, result.Step));
        Assert.NotNull(result.Evaluation!.Value.BitsPerByte);
        Assert.True(File.Exists(_folder.File("run/metrics.jsonl")));
        Assert.True(Directory.Exists(_folder.File("run/checkpoints/step-00000006")));

        TextGenerator generator = host.Services.GetRequiredService<TextGenerator>();
        Assert.Equal(7, generator.Defaults.MaxNewTokens);
        GeneratedText text = await generator.GenerateAsync("The", generator.Defaults with { Seed = 1 });
        Assert.Equal(text, await generator.GenerateAsync("The", generator.Defaults with { Seed = 1 }));
        Assert.Same(host.Services.GetRequiredService<TransformerLM>(), host.Services.GetRequiredService<ILanguageModel>());
        await host.StopAsync();
    }

    [Fact]
    public async Task A_second_host_generates_from_the_checkpoint_of_the_first()
    {
        GeneratedText expected;
        using (IHost host = Build())
        {
            await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
            expected = await host.Services.GetRequiredService<TextGenerator>().GenerateAsync(
                "The", new GenerationOptions { Seed = 4, MaxNewTokens = 12 });
        }
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336()
            .AddTokenizer(options => options.Directory = _folder.File("tokenizer"))
            .AddTransformer(options => options.WeightsFile = _folder.File("run/checkpoints/step-00000006/model.safetensors"))
            .AddGenerator();
        using IHost second = builder.Build();
        await second.StartAsync();
        Assert.Equal(
            expected, await second.Services.GetRequiredService<TextGenerator>().GenerateAsync(
            "The", new GenerationOptions { Seed = 4, MaxNewTokens = 12 }));
    }

    [Fact]
    public async Task A_run_is_served_from_its_newest_checkpoint_that_is_whole()
    {
        using (IHost host = Build(builder => builder.Services.Configure<RunConfig>(options => options.Training.CheckpointEvery = 2)))
            await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
        File.WriteAllText(_folder.File("run/checkpoints/step-00000006/model.safetensors"), "torn");
        List<string> lines = [];
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddProvider(new ListLogger(lines));
        builder.Services.AddCs336().AddTransformer(options => options.RunDirectory = _folder.File("run"));
        using IHost second = builder.Build();
        using TransformerLM expected = TransformerWeights.LoadModel(
            _folder.File("run/checkpoints/step-00000004/config.json"), _folder.File("run/checkpoints/step-00000004/model.safetensors"));
        Assert.True(second.Services.GetRequiredService<TransformerLM>().parameters().Zip(expected.parameters()).All(
            pair => pair.First.allclose(pair.Second, rtol: 0, atol: 0)));
        Assert.Contains(lines, line => line.StartsWith("The checkpoint of step 6 is not used", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_without_a_checkpoint_is_told()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddTransformer(options => options.RunDirectory = _folder.File("nothing"));
        using IHost host = builder.Build();
        Assert.EndsWith(
            "nothing has no checkpoint that is whole: train first, or name another folder.",
            Assert.Throws<InvalidDataException>(() => host.Services.GetRequiredService<TransformerLM>()).Message);
    }

    [Fact]
    public async Task Callbacks_of_the_app_are_told_of_every_step()
    {
        StepCounter counter = new();
        using IHost host = Build(before: services => services.AddSingleton<ITrainingCallback>(counter));
        await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
        Assert.Equal(6, counter.Steps);
    }

    [Fact]
    public async Task All_options_are_checked_when_the_host_starts()
    {
        using IHost host = Build(builder => builder.Services
            .Configure<TokenizerOptions>(options => options.Directory = " ")
            .Configure<RunConfig>(options =>
            {
                options.Data.Training = [];
                options.Model = options.Model with { NumHeads = 3 };
                options.Optimizer.MinLearningRate = 1;
                options.Training.BatchSize = 0;
                options.Optimizer.Beta1 = 2;
            })
            .Configure<GenerationOptions>(options => options.TopP = 0));
        Exception exception = await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync());
        string all = exception is AggregateException aggregate
            ? string.Join(" ", aggregate.InnerExceptions.Select(inner => inner.Message))
            : exception.Message;
        foreach (string expected in (string[])
            ["TokenizerOptions.Directory is empty", "num_heads 3 does not divide", "There is no text to learn from",
                "minimum learning rate is 1", "batch_size is 0", "beta1 is 2", "top_p is 0"])
            Assert.Contains(expected, all);
    }

    [Fact]
    public void A_tokenizer_of_the_app_wins()
    {
        using IHost host = Build(before: services => services.AddSingleton<ITokenizer, LetterTokenizer>());
        Assert.IsType<LetterTokenizer>(host.Services.GetRequiredService<ITokenizer>());
        Assert.Equal(26, host.Services.GetRequiredService<TransformerLM>().VocabSize);
    }

    [Fact]
    public async Task An_optimizer_a_schedule_a_store_and_a_sink_of_the_app_win()
    {
        InMemoryCheckpointStore store = new();
        ListSink sink = new();
        using IHost host = Build(before: services => services
            .AddSingleton<IOptimizer>(provider => new Sgd(NamedParameter.Of(provider.GetRequiredService<TransformerLM>())))
            .AddSingleton<ILrSchedule>(new ConstantSchedule(0.25))
            .AddSingleton<ICheckpointStore>(store)
            .AddSingleton<IMetricSink>(sink));
        await host.Services.GetRequiredService<Cs336.Training.Trainer>().RunAsync();
        Assert.Equal([6], await store.ListAsync());
        Assert.All(sink.Metrics, metrics => Assert.Equal(0.25, metrics.LearningRate));
        Assert.False(Directory.Exists(_folder.File("run/checkpoints")));
        Assert.False(File.Exists(_folder.File("run/metrics.jsonl")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_optimizer_that_cannot_be_made_leaves_the_folder_as_it_was(bool isThere)
    {
        string run = _folder.File("run"), note = Path.Combine(run, "note.txt");
        if (isThere)
        {
            Directory.CreateDirectory(run);
            File.WriteAllText(note, "mine");
        }
        using (IHost host = Build(
            before: services => services.AddSingleton<IOptimizer>(_ => throw new NotSupportedException("no such optimizer"))))
        {
            Assert.Throws<NotSupportedException>(() => host.Services.GetRequiredService<Cs336.Training.Trainer>());
            // the folder stays this host's meanwhile
            Assert.Throws<NotSupportedException>(() => host.Services.GetRequiredService<Cs336.Training.Trainer>());
        }
        Assert.Equal(isThere ? [note] : [], Directory.Exists(run) ? Directory.GetFileSystemEntries(run) : []);
        Assert.Equal(isThere, Directory.Exists(run));
    }

    [Fact]
    public async Task A_model_of_the_app_serves_the_generator()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<ITokenizer, LetterTokenizer>();
        builder.Services.AddSingleton<ILanguageModel, AlphabetModel>();
        builder.Services.AddCs336().AddGenerator(options => options.MaxNewTokens = 3);
        using IHost host = builder.Build();
        Assert.Equal("def", (await host.Services.GetRequiredService<TextGenerator>().GenerateAsync("c")).Text);
    }

    [Fact]
    public void Without_a_tokenizer_and_a_vocab_size_the_error_says_what_to_do()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddTrainer(
            options => (options.Directory, options.Data.Training) = (_folder.File("run"), [_folder.File("tokens.npy")]));
        using IHost host = builder.Build();
        Assert.StartsWith("model.vocab_size is not set, and there is no tokenizer to take it from",
            Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<TransformerLM>()).Message);
    }

    [Fact]
    public void Without_a_model_the_error_says_what_to_do()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddCs336().AddTransformer();
        using IHost host = builder.Build();
        Assert.StartsWith(
            "There is no model: name one",
            Assert.Throws<InvalidOperationException>(() => host.Services.GetRequiredService<TransformerLM>()).Message);
    }

    [Fact]
    public void How_libtorch_was_loaded_is_logged_in_one_line()
    {
        List<string> lines = [];
        using IHost host = Build(builder => builder.Logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new ListLogger(lines)));
        host.Services.GetRequiredService<TransformerLM>();
        string line = Assert.Single(lines, line => line.Contains("TorchSharp"));
        Assert.Equal(LibTorch.EnsureLoaded().Message, line);
        Assert.DoesNotContain('\n', line);
    }

    private IHost Build(Action<HostApplicationBuilder>? after = null, Action<IServiceCollection>? before = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        before?.Invoke(builder.Services);
        builder.Services.AddCs336()
            .AddTokenizer(options => options.Directory = _folder.File("tokenizer"))
            .AddTrainer(options =>
            {
                options.Directory = _folder.File("run");
                options.Model = options.Model with { ContextLength = 16, DModel = 16, NumLayers = 1, NumHeads = 2 };
                options.Data.Training = [_folder.File("tokens.npy")];
                options.Training.MaxSteps = 6;
                options.Training.BatchSize = 2;
            })
            .AddGenerator(options => options.MaxNewTokens = 7);
        after?.Invoke(builder);
        return builder.Build();
    }

    private sealed class StepCounter : ITrainingCallback
    {
        public int Steps { get; private set; }

        public void OnStep(TrainingMetrics metrics) => Steps++;
    }

    private sealed class LetterTokenizer : ITokenizer
    {
        private static readonly byte[] Letters = [.. Enumerable.Range('a', 26).Select(letter => (byte)letter)];

        public int VocabSize => Letters.Length;

        public IReadOnlyDictionary<string, int> SpecialTokens { get; } = new Dictionary<string, int>();

        public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
        {
            foreach (byte letter in utf8Text) ids.Write([letter - 'a']);
        }

        public ReadOnlySpan<byte> GetTokenBytes(int id) => Letters.AsSpan(id, 1);
    }

    private sealed class AlphabetModel : ILanguageModel
    {
        public int VocabSize => 26;

        public int ContextLength => 26;

        public IKvCache CreateCache() => new NoCache();

        public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
        {
            logits.Clear();
            logits[(batch[0].Tokens.Span[^1] + 1) % 26] = 100;
        }

        private sealed class NoCache : IKvCache
        {
            public int Length => 0;

            public void Truncate(int length) { }

            public void Dispose() { }
        }
    }

    private sealed class ListSink : IMetricSink
    {
        public List<TrainingMetrics> Metrics { get; } = [];

        public void Begin(long step) => Metrics.Clear();

        public void Write(TrainingMetrics metrics) => Metrics.Add(metrics);
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Add(formatter(state, exception));

        public void Dispose() { }
    }
}
