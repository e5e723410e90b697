using System.Text;
using Cs336.Charts;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Stories;

namespace QuickStart;

/// <summary>The stages of the main job, in order. Each takes what it needs from the host's services.</summary>
internal sealed class Stages(IServiceProvider services, Arguments arguments, RunFolder run)
{
    private const int CorpusBytes = 8_000_000;
    private const string EndOfText = "<|endoftext|>";

    /// <summary>Which of the many stories that the model can make of each prompt are told.</summary>
    private static readonly ulong[] Seeds = [1, 2, 6];

    private readonly CancellationToken _stopping = services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;

    /// <summary>The text to learn from: the user's, or the stories.</summary>
    private string Text => arguments.Data ?? run.Corpus;

    /// <summary>Writes children's stories to learn from, unless the user brings a text.</summary>
    public void WriteCorpus()
    {
        if (arguments.Resume || arguments.Data is not null) return;
        StoryCorpus.Write(run.Corpus, CorpusBytes, seed: 1);
        Console.WriteLine($"corpus      {CorpusBytes / 1e6:f1} MB of stories in {run.Corpus}");
    }

    /// <summary>Trains the byte-level BPE vocabulary.</summary>
    public void TrainTokenizer()
    {
        if (arguments.Resume) return;
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = arguments.VocabSize, SpecialTokens = [EndOfText] });
        BpeModel model = trainer.Train(Text, cancellationToken: _stopping);
        model.Save(run.Tokenizer);
        Console.WriteLine($"tokenizer   {model.VocabSize:n0} tokens in {run.Tokenizer}");
    }

    /// <summary>Turns the text into token ids in a file, from which the trainer reads without holding it in memory.</summary>
    public void EncodeText()
    {
        if (arguments.Resume) return;
        ITokenizer tokenizer = services.GetRequiredService<ITokenizer>();
        if (arguments.Data is not null)
        {
            long tokens = tokenizer.EncodeFile(Text, run.Tokens, cancellationToken: _stopping);
            Console.WriteLine($"tokens      {tokens:n0} of {(double)new FileInfo(Text).Length / tokens:f2} bytes each in {run.Tokens}");
            return;
        }
        StoryWindows windows = StoryWindows.Write(run.Corpus, tokenizer, run.Tokens, arguments.ContextLength);
        Console.WriteLine($"tokens      {windows.Tokens:n0} of {(double)new FileInfo(run.Corpus).Length / windows.Tokens:f2} bytes each, "
            + $"in {windows.Count:n0} windows of {arguments.ContextLength}, in {run.Tokens}");
    }

    /// <summary>Trains the model, or goes on with it, until it is done or the user stops it.</summary>
    /// <returns>Whether all steps are done.</returns>
    public bool TrainModel()
    {
        Trainer trainer = services.GetRequiredService<Trainer>();
        if (arguments.Resume)
        {
            ResumeResult resumed = trainer.Resume();
            foreach (string warning in resumed.Warnings) Console.Error.WriteLine($"warning: {warning}");
            Console.WriteLine($"resumed     {run.Path} at step {resumed.Step:n0} of {arguments.Steps:n0}");
        }
        TransformerLM model = services.GetRequiredService<TransformerLM>();
        long parameters = NamedParameter.Of(model).Sum(item => item.Parameter.numel());
        Console.WriteLine($"model       {parameters:n0} parameters; Ctrl-C saves and stops");

        TrainingResult result;
        using (TrainingDisplay display = new(arguments.Steps, trainer.Step))
            result = trainer.Run(display, _stopping); // on the thread that made the model: see Trainer.RunAsync

        if (result.Evaluation is Evaluation evaluation)
            Console.WriteLine($"validation  {evaluation.Loss:f3} nats per token, {evaluation.BitsPerByte:f3} bits per byte");
        Console.WriteLine($"checkpoint  step {result.Step:n0} in {run.Checkpoints}");
        if (result.Outcome == TrainingOutcome.Completed) return true;
        Console.WriteLine($"Stopped. To go on: dotnet run -c Release --project samples/QuickStart -- --resume --run \"{run.Path}\"");
        return false;
    }

    /// <summary>Draws the losses of the whole run, earlier sittings included.</summary>
    public void DrawLearningCurve()
    {
        IReadOnlyList<TrainingMetrics> metrics = JsonLinesMetricSink.Read(run.Metrics);
        if (metrics.Count == 0) return;
        ChartPoint[] training = [.. metrics.Select(item => new ChartPoint(item.Step, item.Loss))];
        ChartPoint[] validation =
            [.. metrics.Where(item => item.ValidationLoss is not null)
                .Select(item => new ChartPoint(item.Step, item.ValidationLoss!.Value))];
        string title = validation is [.., ChartPoint last]
            ? $"validation loss {last.Y:f3} nats/token after {last.X} steps"
            : $"{metrics[^1].Step} steps";
        try
        {
            LearningCurveChart.Save(run.Curve, training, validation, title);
            Console.WriteLine($"curve       {run.Curve}");
        }
        catch (IOException exception) // such as a viewer that keeps the old picture open, which Windows does not let be replaced
        {
            Console.Error.WriteLine($"warning: {exception.Message}");
        }
    }

    /// <summary>Streams what the model makes of each prompt.</summary>
    public async Task TellStoriesAsync()
    {
        TextGenerator generator = services.GetRequiredService<TextGenerator>();
        StringBuilder samples = new();
        foreach ((string prompt, ulong seed) in Prompts().Zip(Seeds))
        {
            Console.Write($"\n{prompt}");
            samples.Append(prompt);
            GenerationOptions options = generator.Defaults with { Seed = seed };
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

    /// <summary>
    /// Tells more stories than one would read, and counts those in which nobody and nothing comes from nowhere or changes.
    /// </summary>
    public async Task CheckStoriesAsync()
    {
        if (arguments.Check == 0) return;
        TextGenerator generator = services.GetRequiredService<TextGenerator>();
        StoryReader reader = new();
        int clean = 0, whole = 0, told = 0;
        Console.WriteLine();
        foreach (string prompt in StoryPrompts.All)
        {
            for (int seed = 1; seed <= arguments.Check; seed++)
            {
                GeneratedText rest = await generator.GenerateAsync(prompt, generator.Defaults with { Seed = (ulong)seed }, _stopping);
                IReadOnlyList<StoryProblem> problems = reader.FindProblems(prompt + rest.Text, prompt);
                told++;
                if (problems.Count == 0) whole++;
                if (!problems.Any(problem => problem.IsOfCast)) clean++;
                if (problems.Count > 0)
                    Console.WriteLine($"seed {seed}, {prompt}: {problems.FirstOrDefault(problem => problem.IsOfCast) ?? problems[0]}");
            }
        }
        Console.WriteLine(
            $"checked     {clean} of {told} stories name nobody and nothing that was not introduced or has changed; {whole} hold "
            + "together in every sentence");
    }

    private IReadOnlyList<string> Prompts()
    {
        if (arguments.Prompt is string prompt) return [prompt];
        return arguments.Data is null ? StoryPrompts.All : [FirstLine()];
    }

    /// <summary>The first line of the text, from the run's own tokens, since the user's file may be gone when a run is resumed.</summary>
    private string FirstLine()
    {
        using TokenDataset tokens = TokenDataset.Open(run.Tokens);
        int[] beginning = new int[Math.Min(tokens.Length, arguments.ContextLength / 2)];
        tokens.Read(0, beginning);
        string text = services.GetRequiredService<ITokenizer>().Decode(beginning).TrimStart();
        return text.Contains('\n') ? text[..(text.IndexOf('\n') + 1)] : text;
    }
}
