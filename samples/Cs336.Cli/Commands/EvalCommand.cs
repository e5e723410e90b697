using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary><c>cs336 eval</c>: how well a trained model predicts a text.</summary>
internal static class EvalCommand
{
    private static readonly ModelOptions Model = new();
    private static readonly Option<string> Data = Options.Required<string>("--data",
        "Token file to measure on: .npy, or .bin of nanoGPT or llm.c", "IDS.npy");
    private static readonly Option<int> Batch = Options.WithDefault("--batch", 8, "Windows in one forward pass", "N").Within(1);
    private static readonly Option<int?> ContextLength = Options.Optional<int?>("--context-length",
        "Tokens per window [default: the model's context_length]", "N").Within(1);
    private static readonly Option<long?> MaxTokens = Options.Optional<long?>("--max-tokens",
        "Roughly the most tokens to predict, from the beginning [default: all]", "N").Within(1);

    private static readonly Option<string?> Engine = Engines.Option<string?>(
        "What computes: torch, on --device, or managed, SIMD code on the CPU [default: managed for a .gguf file, else torch]", null);

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("eval", "Measure a trained model on a token file: loss, perplexity and bits per byte",
            "cs336 eval --run runs/small --data valid.npy\n"
            + "cs336 eval --model small.gguf --data valid.npy\n"
            + "cs336 eval --config model.json --weights model.safetensors --data valid.npy --tokenizer tokenizer");
        Model.AddTo(command);
        command.AddAll(Data, Batch, ContextLength, MaxTokens, Engine);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        ITokenizer? tokenizer = Model.Tokenizer(parsed, terminal);
        using TokenDataset data = TokenDataset.Open(parsed.GetRequiredValue(Data));
        if (data.Note is string note) terminal.Note(note);
        (Evaluation evaluation, long? step) = (parsed.GetValue(Engine) ?? (Model.IsGguf(parsed) ? Engines.Managed : Engines.Torch))
            == Engines.Managed ? (Managed(parsed, terminal, data, tokenizer, stopping), null)
            : Torch(parsed, terminal, data, tokenizer, stopping);
        terminal.Line($"loss           {Units.Number(evaluation.Loss, "0.0000")} nats per token");
        terminal.Line($"perplexity     {Units.Number(evaluation.Perplexity, "0.00")}");
        terminal.Line(
            "bits per byte  "
            + $"{(evaluation.BitsPerByte is double bits ? Units.Number(bits, "0.0000") : "unknown: name the tokenizer by --tokenizer")}");
        terminal.Line($"tokens         {Units.Count(evaluation.Tokens)}{(step is long number ? $", at step {Units.Count(number)}" : "")}");
        terminal.Result(new JsonObject
        {
            ["loss"] = Units.Finite(evaluation.Loss),
            ["perplexity"] = Units.Finite(evaluation.Perplexity),
            ["bits_per_byte"] = Units.Finite(evaluation.BitsPerByte),
            ["tokens"] = evaluation.Tokens,
            ["step"] = step,
        });
        return ExitCodes.Done;
    }

    private static Evaluation Managed(
        ParseResult parsed, Terminal terminal, TokenDataset data, ITokenizer? tokenizer, CancellationToken stopping)
    {
        if (parsed.GetValue(ComputeDevice.Option) != "cpu") parsed.Refuse("--engine managed computes on the CPU", ComputeDevice.Option);
        parsed.Refuse("--engine managed takes one window at a time", Batch);
        using CpuLanguageModel model = Model.LoadManaged(parsed, terminal);
        int length = LengthOf(parsed, model.ContextLength);
        return ManagedEvaluation.Measure(
            model, data, length, parsed.GetValue(MaxTokens) ?? long.MaxValue, ByteLengths(tokenizer, model.VocabSize), stopping);
    }

    private static (Evaluation Evaluation, long? Step) Torch(
        ParseResult parsed, Terminal terminal, TokenDataset data, ITokenizer? tokenizer, CancellationToken stopping)
    {
        Device device = ComputeDevice.Of(parsed);
        (TransformerLM model, long? step) = Model.Load(parsed, terminal, device);
        using TransformerLM owned = model;
        IReadOnlyList<int>? byteLengths = ByteLengths(tokenizer, model.VocabSize);
        Evaluator evaluator = new(data, parsed.GetValue(Batch), LengthOf(parsed, model.ContextLength),
            parsed.GetValue(MaxTokens) ?? long.MaxValue, byteLengths);
        return (evaluator.Evaluate(model, device, stopping), step);
    }

    private static IReadOnlyList<int>? ByteLengths(ITokenizer? tokenizer, int vocabSize) => tokenizer is null ? null
        : tokenizer.VocabSize == vocabSize ? Evaluator.TokenByteLengths(tokenizer)
        : throw new InvalidDataException($"The tokenizer has {tokenizer.VocabSize} tokens, but the model's vocab_size is {vocabSize}: use "
            + "the tokenizer that made the data.");

    private static int LengthOf(ParseResult parsed, int contextLength)
    {
        int length = parsed.GetValue(ContextLength) ?? contextLength;
        return length <= contextLength ? length
            : throw new UsageException($"--context-length is {length}, but the model's context_length is {contextLength}.");
    }
}
