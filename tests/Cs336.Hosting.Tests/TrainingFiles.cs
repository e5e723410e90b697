using Cs336.Serving;
using Cs336.Tokenizers;
using Cs336.Training;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cs336.Hosting.Tests;

/// <summary>A folder with a small tokenizer and token file, and hosts that train a tiny model on them.</summary>
public sealed class TrainingFiles : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TrainingFiles()
    {
        string text = _folder.Write(
            "text.txt", string.Concat(Enumerable.Range(0, 400).Select(i => $"The {i % 7} cats saw {i % 5} dogs.\n<|endoftext|>\n")));
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, SpecialTokens = ["<|endoftext|>"] }).Train(text);
        model.Save(Tokenizer);
        new BpeTokenizer(model).EncodeFile(text, Tokens);
    }

    public string Tokenizer => _folder.File("tokenizer");

    public string Tokens => _folder.File("tokens.npy");

    public string NewRun() => _folder.File(Path.GetRandomFileName());

    /// <summary>Adds a model of two heads and one block, and a trainer of some steps, under the builder's name.</summary>
    public Cs336Builder Add(Cs336Builder builder, string run, long steps = 6, Action<RunConfig>? configure = null) => builder
        .AddTokenizer(options => options.Directory = Tokenizer)
        .AddTrainer(options =>
        {
            options.Data.Training = [Tokens];
            options.Directory = run;
            options.Model = options.Model with { ContextLength = 16, DModel = 16, NumLayers = 1, NumHeads = 2 };
            options.Training.MaxSteps = steps;
            options.Training.BatchSize = 2;
            configure?.Invoke(options);
        });

    /// <summary>A host that trains in the background.</summary>
    public IHost BuildHost(
        string run, long steps =
            6, Action<RunConfig>? training = null, Action<HostedTrainingOptions>? hosted = null, Action<IServiceCollection>? before = null)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        before?.Invoke(builder.Services);
        Add(builder.Services.AddCs336(), run, steps, training).AddHostedTraining(hosted);
        return builder.Build();
    }

    public void Dispose() => _folder.Dispose();
}
