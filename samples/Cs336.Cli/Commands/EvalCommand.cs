using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary><c>cs336 eval</c>: how well a trained model predicts tokens or a text, and how it does on tasks.</summary>
internal static class EvalCommand
{
    private static readonly ModelOptions Model = new();
    private static readonly Option<string?> Data = Options.Optional<string?>("--data",
        "Token file to measure on: .npy, or .bin of nanoGPT or llm.c", "IDS.npy");
    private static readonly Option<string?> Text = Options.Optional<string?>("--text",
        "Text to measure on, in bits per byte of the text, which compare across tokenizers", "FILE");
    private static readonly Option<string[]> Tasks = Options.Many("--task",
        "Multiple-choice or cloze questions as JSON lines, in the formats of lm-evaluation-harness; several files are several tasks",
        "FILE.jsonl");
    private static readonly Option<int> Batch = Options.WithDefault("--batch", 8, "Windows in one forward pass", "N").Within(1);
    private static readonly Option<int?> ContextLength = Options.Optional<int?>("--context-length",
        "Tokens per window [default: the model's context_length]", "N").Within(1);
    private static readonly Option<long?> MaxTokens = Options.Optional<long?>("--max-tokens",
        "Roughly the most tokens to predict, from the beginning [default: all]", "N").Within(1);

    private static readonly Option<string?> Engine = Engines.Option<string?>(
        "What computes: torch, on --device, or managed, SIMD code on the CPU [default: managed for a .gguf file, else torch]", null);

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("eval",
            "Measure a trained model: loss, perplexity and bits per byte on tokens or a text, accuracy on tasks",
            "cs336 eval --run runs/small --data valid.npy\ncs336 eval --run runs/small --text valid.txt\n"
                + "cs336 eval --run runs/small --task samples/tasks/stories-choice.jsonl samples/tasks/stories-cloze.jsonl\n"
                + "cs336 eval --model small.gguf --data valid.npy\n"
                + "cs336 eval --config model.json --weights model.safetensors --data valid.npy --tokenizer tokenizer");
        Model.AddTo(command);
        command.AddAll(Data, Text, Tasks, Batch, ContextLength, MaxTokens, Engine);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        string? data = parsed.GetValue(Data), text = parsed.GetValue(Text);
        string[] tasks = parsed.Values(Tasks);
        if ((data is null ? 0 : 1) + (text is null ? 0 : 1) + (tasks.Length == 0 ? 0 : 1) != 1)
            throw new UsageException("Name what to measure on: --data IDS.npy, --text FILE or --task FILE.jsonl, one of the three.");
        if (data is null) parsed.Refuse("A text and tasks are measured whole", MaxTokens);
        if (tasks.Length > 0) parsed.Refuse("Questions are asked one by one", Batch, ContextLength);
        ITokenizer? tokenizer = Model.Tokenizer(parsed, terminal);
        if (tokenizer is null && data is null)
            throw new UsageException("A text and tasks need the model's tokenizer: name it by --tokenizer PATH.");
        EvaluationTask[] questions = [.. tasks.Select(EvaluationTask.Load)]; // before any work is done
        bool isManaged = (parsed.GetValue(Engine) ?? (data is not null && Model.IsGguf(parsed) ? Engines.Managed : Engines.Torch))
            == Engines.Managed;
        if (isManaged && data is null) throw new UsageException("--engine managed measures on token files alone: --data IDS.npy.");
        JsonObject result = isManaged ? Managed(parsed, terminal, data!, tokenizer, stopping)
            : Torch(parsed, terminal, data, text, questions, tokenizer, stopping);
        terminal.Result(result);
        return ExitCodes.Done;
    }

    private static JsonObject Managed(
        ParseResult parsed, Terminal terminal, string path, ITokenizer? tokenizer, CancellationToken stopping)
    {
        if (parsed.GetValue(ComputeDevice.Option) != "cpu") parsed.Refuse("--engine managed computes on the CPU", ComputeDevice.Option);
        parsed.Refuse("--engine managed takes one window at a time", Batch);
        using CpuLanguageModel model = Model.LoadManaged(parsed, terminal);
        Check(parsed, tokenizer, model.VocabSize, model.ContextLength);
        using TokenDataset data = Open(path, terminal);
        return Tell(terminal, step: null, ManagedEvaluation.Measure(
            model, data, parsed.GetValue(ContextLength) ?? model.ContextLength, parsed.GetValue(MaxTokens) ?? long.MaxValue,
            ByteLengths(tokenizer, model.VocabSize), stopping));
    }

    private static JsonObject Torch(
        ParseResult parsed, Terminal terminal, string? data, string? text, EvaluationTask[] questions, ITokenizer? tokenizer,
        CancellationToken stopping)
    {
        Device device = ComputeDevice.Of(parsed);
        (TransformerLM model, long? step) = Model.Load(parsed, terminal, device);
        using TransformerLM owned = model;
        Check(parsed, tokenizer, model.VocabSize, model.ContextLength);
        JsonObject result = data is not null ? OnTokens(parsed, terminal, data, tokenizer, model, device, step, stopping)
            : text is not null ? OnText(parsed, terminal, text, tokenizer!, model, device, step, stopping)
            : OnTasks(terminal, questions, tokenizer!, model, stopping);
        result["step"] = step;
        return result;
    }

    private static JsonObject OnTokens(
        ParseResult parsed, Terminal terminal, string path, ITokenizer? tokenizer, TransformerLM model, Device device, long? step,
        CancellationToken stopping)
    {
        using TokenDataset data = Open(path, terminal);
        Evaluator evaluator = new(data, parsed.GetValue(Batch), parsed.GetValue(ContextLength) ?? model.ContextLength,
            parsed.GetValue(MaxTokens) ?? long.MaxValue, ByteLengths(tokenizer, model.VocabSize));
        return Tell(terminal, step, evaluator.Evaluate(model, device, stopping));
    }

    private static JsonObject Tell(Terminal terminal, long? step, Evaluation evaluation)
    {
        terminal.Line($"loss           {Units.Number(evaluation.Loss, "0.0000")} nats per token");
        terminal.Line($"perplexity     {Units.Number(evaluation.Perplexity, "0.00")}");
        terminal.Line(
            "bits per byte  "
            + $"{(evaluation.BitsPerByte is double bits ? Units.Number(bits, "0.0000") : "unknown: name the tokenizer by --tokenizer")}");
        terminal.Line($"tokens         {Units.Count(evaluation.Tokens)}{AtStep(step)}");
        return new JsonObject
        {
            ["loss"] = Units.Finite(evaluation.Loss),
            ["perplexity"] = Units.Finite(evaluation.Perplexity),
            ["bits_per_byte"] = Units.Finite(evaluation.BitsPerByte),
            ["tokens"] = evaluation.Tokens,
            ["step"] = step,
        };
    }

    private static JsonObject OnText(
        ParseResult parsed, Terminal terminal, string path, ITokenizer tokenizer, TransformerLM model, Device device, long? step,
        CancellationToken stopping)
    {
        TextEvaluation evaluation = new TextEvaluator(tokenizer, parsed.GetValue(Batch), parsed.GetValue(ContextLength))
            .Evaluate(model, path, device, stopping);
        terminal.Line($"bits per byte  {Units.Number(evaluation.BitsPerByte, "0.0000")}");
        terminal.Line($"bytes          {Units.Count(evaluation.Bytes)}");
        terminal.Line($"loss           {Units.Number(evaluation.Loss, "0.0000")} nats per token");
        terminal.Line($"perplexity     {Units.Number(evaluation.Perplexity, "0.00")}");
        terminal.Line($"tokens         {Units.Count(evaluation.Tokens)}{AtStep(step)}");
        return new JsonObject
        {
            ["bits_per_byte"] = Units.Finite(evaluation.BitsPerByte),
            ["bytes"] = evaluation.Bytes,
            ["loss"] = Units.Finite(evaluation.Loss),
            ["perplexity"] = Units.Finite(evaluation.Perplexity),
            ["tokens"] = evaluation.Tokens,
        };
    }

    /// <summary>The names of the metrics are those of lm-evaluation-harness.</summary>
    private static JsonObject OnTasks(
        Terminal terminal, EvaluationTask[] tasks, ITokenizer tokenizer, TransformerLM model, CancellationToken stopping)
    {
        TaskResult[] results =
            [.. tasks.Select(task => TaskEvaluator.Evaluate(model, tokenizer, task, cancellationToken: stopping))];
        terminal.Table("Tasks", ["task", "questions", "acc", "stderr", "acc_norm", "perplexity", "chance"],
            results.Select(result => (IReadOnlyList<string>)[result.Name, Units.Count(result.Questions), Share(result.Accuracy),
                Share(result.StandardError), Share(result.NormalizedAccuracy), Share(result.Perplexity), Share(result.Chance)]));
        JsonArray json = [];
        foreach (TaskResult result in results)
            json.Add(new JsonObject
            {
                ["task"] = result.Name,
                ["kind"] = result.Kind == TaskKind.Cloze ? "cloze" : "multiple_choice",
                ["questions"] = result.Questions,
                ["acc"] = result.Accuracy,
                ["acc_stderr"] = result.StandardError,
                ["acc_norm"] = result.NormalizedAccuracy,
                ["perplexity"] = Units.Finite(result.Perplexity),
                ["chance"] = result.Chance,
            });
        return new JsonObject { ["tasks"] = json };
    }

    private static TokenDataset Open(string path, Terminal terminal)
    {
        TokenDataset data = TokenDataset.Open(path);
        if (data.Note is string note) terminal.Note(note);
        return data;
    }

    private static void Check(ParseResult parsed, ITokenizer? tokenizer, int vocabSize, int contextLength)
    {
        // Well-known models have a few ids more than their tokenizers.
        if (tokenizer is not null && (tokenizer.VocabSize > vocabSize || vocabSize - tokenizer.VocabSize > vocabSize / 100))
            throw new InvalidDataException($"The tokenizer has {tokenizer.VocabSize} tokens, but the model's vocab_size is {vocabSize}: "
                + "use the tokenizer that made the data.");
        int? given = parsed.GetValue(ContextLength);
        if (given > contextLength)
            throw new UsageException($"--context-length is {given}, but the model's context_length is {contextLength}.");
    }

    private static IReadOnlyList<int>? ByteLengths(ITokenizer? tokenizer, int vocabSize) =>
        tokenizer is null ? null : [.. Evaluator.TokenByteLengths(tokenizer), .. new int[vocabSize - tokenizer.VocabSize]];

    private static string Share(double? value) => value is double number ? Units.Number(number, "0.0000") : "";

    private static string AtStep(long? step) => step is long number ? $", at step {Units.Count(number)}" : "";
}
