using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary><c>cs336 generate</c>: text from a trained model, as it comes.</summary>
internal static class GenerateCommand
{
    private static readonly ModelOptions Model = new();
    private static readonly Option<string?> Prompt = Options.Optional<string?>("--prompt", "Text to continue", "TEXT");
    private static readonly Option<string?> PromptIds = Options.Optional<string?>("--prompt-ids",
        "Token ids to continue, separated by commas; needs no tokenizer", "1,2,3");
    private static readonly Option<bool> Interactive = Options.Optional<bool>("--interactive",
        "Read prompts line by line from stdin until it ends");
    private static readonly Option<bool> PrintIds = Options.Optional<bool>("--print-ids",
        "Write the ids of the new tokens, separated by commas, instead of text");
    private static readonly Option<bool> Greedy = Options.Optional<bool>("--greedy",
        "Always take the likeliest token, as --temperature 0 does");
    private static readonly Option<int> MaxNewTokens = Options.WithDefault("--max-new-tokens", 256, "The most tokens to add", "N");
    private static readonly Option<double> Temperature = Options.WithDefault("--temperature", 1.0,
        "Below 1 sharpens, above 1 flattens the distribution", "X");
    private static readonly Option<int> TopK = Options.WithDefault("--top-k", 0, "Draw from this many of the likeliest tokens; 0 for all",
        "N");
    private static readonly Option<double> TopP = Options.WithDefault("--top-p", 1.0,
        "Draw from the likeliest tokens that make up this probability", "X");
    private static readonly Option<double> MinP = Options.WithDefault("--min-p", 0.0,
        "Draw from tokens at least this times as likely as the likeliest", "X");
    private static readonly Option<double> RepetitionPenalty = Options.WithDefault("--repetition-penalty", 1.0,
        "Above 1 makes tokens that were used less likely", "X");
    private static readonly Option<ulong?> Seed = Options.Optional<ulong?>("--seed", "Makes the text repeatable", "N");
    private static readonly Option<string[]> Stop = Options.Many("--stop", "Texts that end the text; they are not part of it", "TEXT");

    private static readonly Option<string> Engine =
        Engines.Option("What computes: managed, SIMD code on the CPU, or torch, on --device", Engines.Managed);

    public static Command Create(Terminal terminal)
    {
        ExampleCommand command = new("generate", "Continue a text with a trained model",
            "cs336 generate --run runs/small --prompt \"Once upon a time\" --temperature 0.8 --top-p 0.95 --seed 1\n"
            + "cs336 generate --model small.gguf --prompt \"Once upon a time\"\n"
            + "cs336 generate --config model.json --weights model.safetensors --prompt-ids 1,2,3 --greedy --max-new-tokens 20 --print-ids");
        Model.AddTo(command);
        command.AddAll(Prompt, PromptIds, Interactive, PrintIds, Greedy, MaxNewTokens, Temperature, TopK, TopP, MinP, RepetitionPenalty,
            Seed, Stop, Engine);
        command.SetAction((parsed, stopping) => RunAsync(parsed, terminal, stopping));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Terminal terminal, CancellationToken stopping)
    {
        GenerationOptions options = OptionsOf(parsed);
        if (parsed.GetValue(Engine) == Engines.Managed && parsed.GetValue(ComputeDevice.Option) != "cpu")
            parsed.Refuse("--engine managed computes on the CPU", ComputeDevice.Option);
        string? text = parsed.GetValue(Prompt);
        int[]? ids = parsed.GetValue(PromptIds) is string list ? ParseIds(list) : null;
        bool interactive = parsed.GetValue(Interactive);
        if ((text is null ? 0 : 1) + (ids is null ? 0 : 1) + (interactive ? 1 : 0) != 1)
            throw new UsageException("Give one of --prompt TEXT, --prompt-ids 1,2,3 and --interactive.");
        if (interactive && terminal.Json)
            throw new UsageException("--interactive answers many times, so that it cannot give one JSON object: leave out --json.");

        ITokenizer? tokenizer = Model.Tokenizer(parsed, terminal);
        if (tokenizer is null && ids is null)
            throw new UsageException("Text needs the tokenizer of the model: --tokenizer DIR; or give --prompt-ids.");
        if (tokenizer is null && options.StopStrings.Count > 0)
            throw new UsageException("--stop needs the tokenizer of the model: --tokenizer DIR.");
        ILanguageModel model = parsed.GetValue(Engine) == Engines.Managed ? Model.LoadManaged(parsed, terminal)
            : Model.Load(parsed, terminal, ComputeDevice.Of(parsed)).Model;
        using IDisposable owned = (IDisposable)model;
        TextOutput output = new(terminal, parsed.GetValue(PrintIds) || tokenizer is null);
        Continuation continuation = new(model, tokenizer, options);
        if (interactive)
        {
            await AnswerAsync(continuation, output, terminal, stopping);
            return ExitCodes.Done;
        }
        Continued result = text is not null ? continuation.OfText(text, output, stopping) : continuation.OfIds(ids!, output, stopping);
        output.End(result.Ids);
        terminal.Result(new JsonObject
        {
            ["prompt"] = text,
            ["prompt_ids"] = ids is null ? null : new JsonArray([.. ids.Select(id => (JsonNode)id)]),
            ["text"] = tokenizer is null ? null : result.Text,
            ["ids"] = new JsonArray([.. result.Ids.Select(id => (JsonNode)id)]),
            ["finish_reason"] = Spell(result.FinishReason),
        });
        return ExitCodes.Done;
    }

    private static async Task AnswerAsync(Continuation continuation, TextOutput output, Terminal terminal, CancellationToken stopping)
    {
        while (true)
        {
            if (terminal.IsLive) terminal.Errors.Write("> ");
            if (await terminal.Input.ReadLineAsync(stopping) is not string line) return;
            if (line.Length == 0) continue;
            Continued result = continuation.OfText(line, output, stopping);
            output.End(result.Ids);
        }
    }

    private static GenerationOptions OptionsOf(ParseResult parsed)
    {
        if (parsed.GetValue(Greedy)) parsed.Refuse("--greedy always takes the likeliest token", Temperature, TopK, TopP, MinP, Seed);
        else if (parsed.GetValue(Temperature) == 0)
            parsed.Refuse("--temperature 0 always takes the likeliest token", TopK, TopP, MinP, Seed);
        GenerationOptions options = new()
        {
            MaxNewTokens = parsed.GetValue(MaxNewTokens),
            Temperature = parsed.GetValue(Greedy) ? 0 : parsed.GetValue(Temperature),
            TopK = parsed.GetValue(TopK),
            TopP = parsed.GetValue(TopP),
            MinP = parsed.GetValue(MinP),
            RepetitionPenalty = parsed.GetValue(RepetitionPenalty),
            Seed = parsed.GetValue(Seed),
            StopStrings = parsed.Values(Stop),
            AllowSpecialTokensInPrompt = true,
            LogProbabilities = 0, // for the ids
        };
        options.Validate();
        return options;
    }

    private static int[] ParseIds(string list) =>
    [
        .. list.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id
            : throw new UsageException($"--prompt-ids holds '{text}', but must be token ids separated by commas.")),
    ];

    private static string? Spell(FinishReason? reason) => reason switch
    {
        FinishReason.StopToken => "stop_token",
        FinishReason.MaxNewTokens => "max_new_tokens",
        FinishReason.ContextFull => "context_full",
        null => null,
        _ => "stop_string",
    };
}
