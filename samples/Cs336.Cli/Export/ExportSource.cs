using System.CommandLine;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>How <c>cs336 export</c> is told which model to write: a run, or any model.</summary>
internal sealed class ExportSource
{
    private readonly Option<string?> _run = Options.Optional<string?>("--run", ModelPath.RunKinds, "RUN");
    private readonly Option<bool> _best = Options.Optional<bool>("--best", "Use the run's checkpoint of the lowest validation loss");
    private readonly Option<string?> _model = Options.Optional<string?>("--model", $"A model: {ModelPath.Kinds}", "PATH");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds} [default: the run's or the model's]", "PATH");

    public void AddTo(Command command) => command.AddAll(_run, _best, _model, _tokenizer, TokenizerFiles.Encoding);

    /// <summary>
    /// Finds the model, and makes a folder of it where other programs wrote it; and its tokenizer, null where none is known.
    /// </summary>
    /// <returns>What the model is called, its folder, and the tokenizer.</returns>
    public (string Named, ImportedFolder Folder, BpeModel? Tokenizer) Find(ParseResult parsed, Terminal terminal)
    {
        (string? run, string? model) = (parsed.GetValue(_run), parsed.GetValue(_model));
        if ((run is null) == (model is null)) throw new UsageException("Name one model: --run RUN or --model PATH.");
        if (run is not null && !Directory.Exists(run))
            throw new DirectoryNotFoundException($"There is no folder {run}: name the folder of a run.");
        if (run is not null && ModelPath.IsModelFolder(run)) (run, model) = (null, run);
        BpeModel? tokenizer = parsed.GetValue(_tokenizer) is string named ? TokenizerFiles.LoadNamed(parsed, named) : null;
        if (tokenizer is null) parsed.Refuse(TokenizerFiles.WithoutTokenizer, TokenizerFiles.Encoding);
        if (model is not null && ModelPath.Of(model) is { Format: not ModelFormat.Run } path)
        {
            parsed.Refuse("Only a run has checkpoints to choose from", _best);
            if (!path.IsForeign) ModelFolders.Check(model);
            return (model, path.ToFolder(), tokenizer ?? path.LoadTokenizer());
        }
        RunDirectory directory = new(run ?? model!);
        List<string> warnings = [];
        string checkpoint = directory.FindModel(warnings, parsed.GetValue(_best));
        foreach (string warning in warnings) terminal.Warning(warning);
        return (checkpoint, new ImportedFolder(checkpoint), tokenizer ?? directory.LoadTokenizer()?.Model);
    }
}
