using System.CommandLine;
using System.Text.Json.Nodes;
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

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("eval", "Measure a trained model on a token file: loss, perplexity and bits per byte",
            "cs336 eval --run runs/small --data valid.npy\ncs336 eval --config model.json --weights model.safetensors --data valid.npy "
                + "--tokenizer tokenizer");
        Model.AddTo(command);
        command.AddAll(Data, Batch, ContextLength, MaxTokens);
        command.SetAction((parsed, stopping) => Task.FromResult(Run(parsed, terminal, stopping)));
        return command;
    }

    private static int Run(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        ITokenizer? tokenizer = Model.Tokenizer(parsed);
        using TokenDataset data = TokenDataset.Open(parsed.GetRequiredValue(Data));
        if (data.Note is string note) terminal.Note(note);
        Device device = ComputeDevice.Of(parsed);
        (TransformerLM model, long? step) = Model.Load(parsed, terminal, device);
        using TransformerLM owned = model;
        if (tokenizer is not null && tokenizer.VocabSize != model.VocabSize)
            throw new InvalidDataException($"The tokenizer has {tokenizer.VocabSize} tokens, but the model's vocab_size is "
                + $"{model.VocabSize}: use the tokenizer that made the data.");
        int length = parsed.GetValue(ContextLength) ?? model.ContextLength;
        if (length > model.ContextLength)
            throw new UsageException($"--context-length is {length}, but the model's context_length is {model.ContextLength}.");
        Evaluator evaluator = new(data, parsed.GetValue(Batch), length, parsed.GetValue(MaxTokens) ?? long.MaxValue,
            tokenizer is null ? null : Evaluator.TokenByteLengths(tokenizer));
        Evaluation evaluation = evaluator.Evaluate(model, device, stopping);
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
}
