using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using QuickStart.Charts;
using QuickStart.Stories;

namespace QuickStart;

/// <summary>The stages of the main job, in order. Each takes what it needs from the host's services.</summary>
internal sealed class Stages(IServiceProvider services, Arguments arguments, RunFolder run)
{
    private const int CorpusBytes = 3_000_000;
    private const string EndOfText = "<|endoftext|>";
    private readonly CancellationToken _stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    /// <summary>Finds what can go wrong before anything of an earlier run is touched, then makes room for this one.</summary>
    public async Task PrepareRunAsync()
    {
        ICheckpointStore checkpoints = services.GetRequiredService<ICheckpointStore>();
        IReadOnlyList<long> earlier = await checkpoints.ListAsync(_stopping);
        if (arguments.Resume)
        {
            if (earlier.Count == 0) throw new InvalidOperationException($"There is no checkpoint in {run.Path} to go on from: start without --resume.");
            return;
        }
        LibTorch.EnsureLoaded();
        if (arguments.Data is string data) CheckText(data);
        new BpeTrainerOptions { VocabSize = arguments.VocabSize, SpecialTokens = [EndOfText] }.Validate();
        foreach (long step in earlier) await checkpoints.DeleteAsync(step, _stopping);
    }

    /// <summary>Writes children's stories to learn from, unless the user brings a text.</summary>
    public void WriteCorpus()
    {
        if (arguments.Resume || arguments.Data is not null) return;
        Directory.CreateDirectory(run.Path);
        StoryCorpus.Write(run.Corpus, CorpusBytes, seed: 1);
        Console.WriteLine($"corpus     {CorpusBytes / 1e6:f1} MB of stories in {run.Corpus}");
    }

    /// <summary>Trains the byte-level BPE vocabulary.</summary>
    public void TrainTokenizer()
    {
        if (arguments.Resume) return;
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = arguments.VocabSize, SpecialTokens = [EndOfText] });
        BpeModel model = trainer.Train(arguments.Data ?? run.Corpus, cancellationToken: _stopping);
        model.Save(run.Tokenizer);
        Console.WriteLine($"tokenizer  {model.VocabSize:n0} tokens in {run.Tokenizer}");
    }

    /// <summary>Turns the text into token ids in a file, from which the trainer reads without holding it in memory.</summary>
    public void EncodeCorpus()
    {
        if (arguments.Resume) return;
        string text = arguments.Data ?? run.Corpus;
        ITokenizer tokenizer = services.GetRequiredService<ITokenizer>();
        long tokens = tokenizer.EncodeFile(text, run.Tokens, cancellationToken: _stopping);
        Console.WriteLine($"tokens     {tokens:n0}, {(double)new FileInfo(text).Length / tokens:f2} bytes each, in {run.Tokens}");
    }

    /// <summary>Trains the model, or goes on with it, until it is done or the user stops it.</summary>
    /// <returns>Whether all steps are done.</returns>
    public async Task<bool> TrainModelAsync()
    {
        Trainer trainer = services.GetRequiredService<Trainer>();
        if (arguments.Resume)
        {
            ResumeResult resumed = trainer.Resume();
            foreach (string warning in resumed.Warnings) Console.Error.WriteLine($"warning: {warning}");
            Console.WriteLine($"resumed    at step {resumed.Step:n0} of {arguments.Steps:n0}");
        }
        TransformerLM model = services.GetRequiredService<TransformerLM>();
        long parameters = NamedParameter.Of(model).Sum(item => item.Parameter.numel());
        Console.WriteLine($"model      {parameters:n0} parameters; Ctrl-C saves and stops");

        TrainingResult result;
        using (TrainingDisplay display = new(arguments.Steps, trainer.Step))
            result = await trainer.RunAsync(display, _stopping);

        if (result.Evaluation is Evaluation evaluation)
            Console.WriteLine($"validation {evaluation.Loss:f3} nats per token, {evaluation.BitsPerByte:f3} bits per byte");
        Console.WriteLine($"checkpoint step {result.Step:n0} in {Path.Combine(run.Path, "checkpoints")}");
        if (result.Outcome == TrainingOutcome.Completed) return true;
        Console.WriteLine($"Stopped. To go on: {arguments.ResumeCommand}");
        return false;
    }

    /// <summary>Draws the losses of the whole run, earlier sittings included.</summary>
    public void DrawLearningCurve()
    {
        IReadOnlyList<TrainingMetrics> metrics = JsonLinesMetricSink.Read(run.Metrics);
        if (metrics.Count == 0) return;
        CurvePoint[] training = [.. metrics.Select(item => new CurvePoint(item.Step, item.Loss))];
        CurvePoint[] validation = [.. metrics.Where(item => item.ValidationLoss is not null).Select(item => new CurvePoint(item.Step, item.ValidationLoss!.Value))];
        LearningCurveChart.Save(run.Curve, training, validation, "Learning curve");
        Console.WriteLine($"curve      {run.Curve}");
    }

    /// <summary>Streams what the model makes of each prompt.</summary>
    public async Task TellStoriesAsync()
    {
        TextGenerator generator = services.GetRequiredService<TextGenerator>();
        StringBuilder samples = new();
        ulong seed = 1;
        foreach (string prompt in Prompts())
        {
            Console.WriteLine();
            Console.Write(prompt);
            samples.Append(prompt);
            GenerationOptions options = generator.Defaults with { Seed = seed++, MaxNewTokens = 300 };
            await foreach (GeneratedText piece in generator.StreamAsync(prompt, options, _stopping))
            {
                Console.Write(piece.Text);
                samples.Append(piece.Text);
            }
            Console.WriteLine();
            samples.Append($"\n{EndOfText}\n");
        }
        File.WriteAllText(run.Samples, samples.ToString());
    }

    private IReadOnlyList<string> Prompts() =>
        arguments.Prompt is string prompt ? [prompt]
        : IsAboutStories() ? StoryPrompts.All
        : ["\n"];

    private bool IsAboutStories() => arguments.Data is null && File.Exists(run.Corpus);

    private static void CheckText(string path)
    {
        if (Directory.Exists(path)) throw new IOException($"{path} is a folder: give a file of UTF-8 text.");
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no file {path}: give a file of UTF-8 text.", path);
    }
}
