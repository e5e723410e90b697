using System.CommandLine;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How <c>cs336 export</c> is told which model to write: a run, or any folder with a model.</summary>
internal sealed class ExportSource
{
    private readonly Option<string?> _run = Options.Optional<string?>("--run", "Folder of a run: its newest checkpoint is used", "RUN");
    private readonly Option<bool> _best = Options.Optional<bool>("--best", "Use the run's checkpoint of the lowest validation loss");
    private readonly Option<string?> _model = Options.Optional<string?>("--model",
        "Folder of a model: config.json, model.safetensors, and its tokenizer where it has one; or of a run", "FOLDER");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds} [default: the run's or the model's]", "PATH");

    public void AddTo(Command command) => command.AddAll(_run, _best, _model, _tokenizer);

    /// <summary>The model's folder, and where its tokenizer is; null where none is known.</summary>
    public (string Model, string? Tokenizer) Find(ParseResult parsed, Terminal terminal)
    {
        (string? run, string? model) = (parsed.GetValue(_run), parsed.GetValue(_model));
        if ((run is null) == (model is null)) throw new UsageException("Name one model: --run RUN or --model FOLDER.");
        string folder = run ?? model!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}: name the folder of a model.");
        string? tokenizer = parsed.GetValue(_tokenizer);
        RunDirectory directory = new(folder);
        if (model is not null && !Directory.Exists(directory.Checkpoints))
        {
            parsed.Refuse("A folder with a model has no checkpoints to choose from", _best);
            return (ModelFolders.Check(model), tokenizer ?? ModelFolders.TokenizerOf(model));
        }
        List<string> warnings = [];
        string checkpoint = directory.FindModel(warnings, parsed.GetValue(_best));
        foreach (string warning in warnings) terminal.Warning(warning);
        return (checkpoint, tokenizer ?? directory.FindTokenizer());
    }
}
