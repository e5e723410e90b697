using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace QuickStart;

/// <summary>The options that the program takes.</summary>
internal static class CommandLine
{
    private static readonly Arguments Defaults = new();

    private static readonly Option<string?> Data = new("--data")
    {
        Description = "Learn from this UTF-8 text instead of generated children's stories", HelpName = "FILE",
    };
    private static readonly Option<bool> Resume = new("--resume")
    {
        Description = "Go on with the latest run, or the one in --run, as it was begun",
    };
    private static readonly Option<string?> Run = new("--run")
    {
        Description = "Where the run is kept [default: runs/quickstart-N with the next free N]", HelpName = "DIR",
    };
    private static readonly Option<string?> Prompt = new("--prompt")
    {
        Description = "What to continue [default: three beginnings of stories, or the text's first line]", HelpName = "TEXT",
    };
    private static readonly Option<int> Check =
        Number("--check", Defaults.Check, "Tell N more stories of each beginning, and count those that introduce what they name");
    private static readonly Option<long> Steps = Number("--steps", Defaults.Steps, "Optimizer steps");
    private static readonly Option<int> VocabSize = Number("--vocab-size", Defaults.VocabSize, "The most tokens in the vocabulary");
    private static readonly Option<int> ContextLength = Number(
        "--context-length", Defaults.ContextLength, "Tokens that the model attends over");
    private static readonly Option<int> DModel = Number("--d-model", Defaults.DModel, "Width of the model");
    private static readonly Option<int> NumHeads = Number("--num-heads", Defaults.NumHeads, "Attention heads, a divisor of d_model");

    private static readonly Option[] All = [Data, Resume, Run, Prompt, Check, Steps, VocabSize, ContextLength, DModel, NumHeads];
    private static readonly Option[] WithResume = [Resume, Run, Prompt, Check];

    /// <summary>Hands a program what the user asks for, or tells what can be asked for.</summary>
    /// <exception cref="UsageException">The command line is not understood.</exception>
    public static Task<int> RunAsync(string[] args, Func<Arguments, Task<int>> program)
    {
        RootCommand root = new("Trains a tokenizer and a small Transformer, then generates text with them.");
        foreach (Option option in All) root.Add(option);
        root.Validators.Add(CheckTogether);
        root.SetAction((parsed, _) => program(Read(parsed)));

        ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null }); // a prompt may begin with @
        if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction) throw new UsageException(string.Join(" ", Explain(parsed)));
        return parsed.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false, // ExitCodes tells of them
            ProcessTerminationTimeout = null, // the host takes signals
        });
    }

    private static Arguments Read(ParseResult parsed) => new()
    {
        Data = parsed.GetValue(Data),
        Resume = parsed.GetValue(Resume),
        Run = parsed.GetValue(Run),
        Prompt = parsed.GetValue(Prompt),
        Check = parsed.GetValue(Check),
        Steps = parsed.GetValue(Steps),
        VocabSize = parsed.GetValue(VocabSize),
        ContextLength = parsed.GetValue(ContextLength),
        DModel = parsed.GetValue(DModel),
        NumHeads = parsed.GetValue(NumHeads),
    };

    private static void CheckTogether(CommandResult result)
    {
        if (result.GetValue(Resume) && All.Except(WithResume).Any(option => result.GetResult(option) is { Implicit: false }))
            result.AddError("--resume goes on with the run as it was begun: only --run, --prompt and --check can be given with it.");
        if (result.GetValue(Check) is < 0 and int check) result.AddError($"--check is {check}, but must be at least 0.");
    }

    private static IEnumerable<string> Explain(ParseResult parsed)
    {
        if (parsed.UnmatchedTokens.Count == 0) return parsed.Errors.Select(error => error.Message);
        return parsed.UnmatchedTokens.Select(unknown => $"There is no option '{unknown}'.");
    }

    /// <summary>An option with a whole number, written in one way whatever the machine's language.</summary>
    private static Option<T> Number<T>(string name, T value, string description) where T : INumber<T> => new(name)
    {
        Description = description, HelpName = "N", DefaultValueFactory = _ => value,
        CustomParser = result =>
        {
            if (T.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T? number))
                return number;
            result.AddError($"{name} is '{result.Tokens[0].Value}', but must be a whole number.");
            return value;
        },
    };
}
