using System.Buffers;
using Cs336.Hosting.Tests.HostedTraining;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static TorchSharp.torch;

namespace Cs336.Hosting.Tests.Seams;

/// <summary>A host trains with the app's own implementation of each seam.</summary>
public sealed class SeamTests(TrainingFiles files) : IClassFixture<TrainingFiles>
{
    [Fact]
    public async Task With_a_tokenizer_of_the_app()
    {
        string tokens = files.NewRun() + ".npy";
        LetterTokenizer tokenizer = new();
        using (StringReader text = new(string.Concat(Enumerable.Repeat("abcdefghijklmnopqrstuvwxyz", 40))))
        {
            string path = files.NewRun();
            File.WriteAllText(path, text.ReadToEnd());
            tokenizer.EncodeFile(path, tokens);
        }
        using IHost host = await TrainAsync(
            services => services.AddSingleton<ITokenizer>(tokenizer), options => options.Data.Training = [tokens]);
        Assert.Equal(26, host.Services.GetRequiredService<TransformerLM>().VocabSize);
        Assert.NotNull(host.Training().Status.Metrics!.ValidationBitsPerByte);
    }

    [Fact]
    public async Task With_an_optimizer_of_the_app()
    {
        CountingOptimizer? optimizer = null;
        using IHost host = await TrainAsync(services => services.AddSingleton<IOptimizer>(provider =>
            optimizer = new CountingOptimizer(new Sgd(NamedParameter.Of(provider.GetRequiredService<TransformerLM>())))));
        Assert.Equal(6, optimizer!.Steps);
    }

    [Fact]
    public async Task With_a_schedule_of_the_app()
    {
        List<long> steps = [];
        using IHost host = await TrainAsync(services => services.AddSingleton<ILrSchedule>(new Spy(steps.Add)));
        Assert.Equal([0, 1, 2, 3, 4, 5], steps);
        Assert.Equal(1e-3, host.Training().Status.Metrics!.LearningRate);
    }

    [Fact]
    public async Task With_a_checkpoint_store_of_the_app()
    {
        InMemoryCheckpointStore store = new();
        string run = files.NewRun();
        using IHost host = await TrainAsync(services => services.AddSingleton<ICheckpointStore>(store), options => options.Directory = run);
        Assert.Contains(6, await store.ListAsync());
        Assert.False(Directory.Exists(Path.Combine(run, "checkpoints")));
    }

    private async Task<IHost> TrainAsync(Action<IServiceCollection> register, Action<RunConfig>? training = null)
    {
        IHost host = files.BuildHost(
            files.NewRun(), training: training, hosted: options => options.WhenFaulted = FaultPolicy.MarkUnhealthy, before: register);
        await host.StartAsync();
        TrainingStatus end = await host.Training().WaitForAsync(status => status.State is TrainingState.Completed or TrainingState.Faulted);
        Assert.Null(end.Fault);
        await host.StopAsync();
        return host;
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

    private sealed class CountingOptimizer(IOptimizer inner) : IOptimizer
    {
        public int Steps { get; private set; }

        public IReadOnlyDictionary<string, Tensor> State => inner.State;

        public void Step(double learningRate)
        {
            Steps++;
            inner.Step(learningRate);
        }

        public void ZeroGrad() => inner.ZeroGrad();

        public void Dispose() => inner.Dispose();
    }
}
