using System.CommandLine;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How <c>cs336 export</c> is told which model to write: a run, or any folder with a model.</summary>
internal sealed class ExportSource
{
    private const string Config = "config.json", Weights = "model.safetensors";
    private readonly Option<string?> _run = Options.Optional<string?>("--run", "Folder of a run: its newest checkpoint is used", "RUN");
    private readonly Option<bool> _best = Options.Optional<bool>("--best", "Use the run's checkpoint of the lowest validation loss");
    private readonly Option<string?> _model = Options.Optional<string?>("--model",
        $"Folder with {Config} and {Weights}, or of a run", "DIR");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        "Folder of the tokenizer [default: the run's, or the model's folder]", "DIR");

    public void AddTo(Command command) => command.AddAll(_run, _best, _model, _tokenizer);

    /// <summary>The model's folder and the tokenizer's.</summary>
    public (string Model, string Tokenizer) Find(ParseResult parsed, Terminal terminal)
    {
        (string? run, string? model) = (parsed.GetValue(_run), parsed.GetValue(_model));
        if ((run is null) == (model is null)) throw new UsageException("Name one model: --run RUN or --model DIR.");
        string folder = run ?? model!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}: name the folder of a model.");
        string? tokenizer = parsed.GetValue(_tokenizer);
        if (model is not null && File.Exists(Path.Combine(model, Weights)))
        {
            parsed.Refuse("A folder with a model has no checkpoints to choose from", _best);
            return (model, tokenizer ?? TokenizerBeside(model));
        }
        RunDirectory directory = new(folder);
        if (!directory.HoldsRun)
            throw new FileNotFoundException($"There is no model in {folder}: expected {Weights} and {Config}, or a run.");
        List<string> warnings = [];
        string checkpoint = directory.FindModel(warnings, parsed.GetValue(_best));
        foreach (string warning in warnings) terminal.Warning(warning);
        return (checkpoint, tokenizer ?? directory.FindTokenizer()
            ?? throw new UsageException("The run names no tokenizer, which the file needs: --tokenizer DIR."));
    }

    private static string TokenizerBeside(string folder) =>
        ((string[])[folder, Path.Combine(folder, "tokenizer")]).FirstOrDefault(
            place => File.Exists(Path.Combine(place, "tokenizer.json")) || File.Exists(Path.Combine(place, "merges.txt")))
        ?? throw new UsageException($"There is no tokenizer in {folder}, which the file needs: --tokenizer DIR.");
}
