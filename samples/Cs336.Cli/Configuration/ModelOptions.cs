using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>
/// How commands are told which trained model to use: a run's folder, any model's path, or a configuration and a weight file.
/// </summary>
internal sealed class ModelOptions
{
    private readonly Option<string?> _run = Options.Optional<string?>("--run", ModelPath.RunKinds, "RUN");
    private readonly Option<bool> _best = Options.Optional<bool>("--best", "Use the run's checkpoint of the lowest validation loss");
    private readonly Option<string?> _model = Options.Optional<string?>("--model",
        $"A model: {ModelPath.Kinds}", "PATH");
    private readonly Option<string?> _config = Options.Optional<string?>("--config", "The model's configuration, with --weights", "FILE");
    private readonly Option<string?> _weights = Options.Optional<string?>("--weights", "The model's weights, with --config",
        "FILE.safetensors");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds} [default: the run's or the model's]", "PATH");

    public void AddTo(Command command) => command.AddAll(_run, _best, _model, _config, _weights, _tokenizer, TokenizerFiles.Encoding,
        ComputeDevice.Option);

    /// <summary>Loads the model for libtorch.</summary>
    public (TransformerLM Model, long? Step) Load(ParseResult parsed, Terminal terminal, Device device)
    {
        if (RunOf(parsed) is not string run)
        {
            using ImportedFolder? imported = ForeignOf(parsed)?.ToFolder();
            (string config, string weights) = imported is null ? FilesOf(parsed)
                : (ModelFolders.ConfigOf(imported.Path), ModelFolders.WeightsOf(imported.Path));
            using Stream stream = File.OpenRead(weights);
            TransformerLM model = new(ReadConfig(config), device: device);
            TransformerWeights.Load(model, stream, weights);
            return (model, null);
        }
        FileCheckpointStore store = new RunDirectory(run).OpenCheckpoints();
        SavedModel saved = parsed.GetValue(_best) ? SavedModel.LoadBest(store, device) : SavedModel.LoadNewest(store, device);
        foreach (string warning in saved.Warnings) terminal.Warning(warning);
        return (saved.Model, saved.Step);
    }

    /// <summary>Loads the model for the managed engine, which needs no libtorch.</summary>
    public CpuLanguageModel LoadManaged(ParseResult parsed, Terminal terminal)
    {
        if (RunOf(parsed) is not string run)
        {
            if (ForeignOf(parsed) is ModelPath foreign)
                return CpuLanguageModel.Load(foreign.Path, new CpuModelOptions { MapWeights = foreign.Format == ModelFormat.Gguf });
            (string config, string weights) = FilesOf(parsed);
            string own = Path.GetTempFileName(); // the file may be a run's, of which the engine reads the model alone
            try
            {
                File.WriteAllText(own, ReadConfig(config).ToJson());
                return CpuLanguageModel.Load(own, weights);
            }
            finally
            {
                File.Delete(own);
            }
        }
        List<string> warnings = [];
        string folder = new RunDirectory(run).FindModel(warnings, parsed.GetValue(_best));
        foreach (string warning in warnings) terminal.Warning(warning);
        return CpuLanguageModel.Load(folder);
    }

    /// <summary>The tokenizer that was named, or the run's or the model's; null where none is known.</summary>
    public ITokenizer? Tokenizer(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(_tokenizer) is string named) return new BpeTokenizer(TokenizerFiles.LoadNamed(parsed, named));
        parsed.Refuse(TokenizerFiles.WithoutTokenizer, TokenizerFiles.Encoding);
        if (RunOf(parsed) is string run) return new RunDirectory(run).LoadTokenizer();
        return PathOf(parsed)?.TryLoadTokenizer(terminal) is BpeModel found ? new BpeTokenizer(found) : null;
    }

    /// <summary>Whether the model is a GGUF file, whose weights the managed engine computes with.</summary>
    public bool IsGguf(ParseResult parsed) => ForeignOf(parsed) is { Format: ModelFormat.Gguf };

    /// <summary>The run's folder, named as one or as a model; null where it is none.</summary>
    private string? RunOf(ParseResult parsed)
    {
        string? run = parsed.GetValue(_run);
        if (run is not null && (parsed.GetValue(_config) ?? parsed.GetValue(_weights) ?? parsed.GetValue(_model)) is not null)
            throw new UsageException("Name the model by --run, by --model, or by --config and --weights, not by both.");
        if (run is not null && !Directory.Exists(run))
            throw new DirectoryNotFoundException($"There is no folder {run}: name the folder of a run.");
        if (run is not null) return ModelPath.IsModelFolder(run) ? null : run;
        return PathOf(parsed) is { Format: ModelFormat.Run } model ? model.Path : null;
    }

    /// <summary>The model that was named by its path, or as a run while it is a model's folder, as import writes it.</summary>
    private ModelPath? PathOf(ParseResult parsed)
    {
        string? path = parsed.GetValue(_model) ?? (parsed.GetValue(_run) is string run && ModelPath.IsModelFolder(run) ? run : null);
        if (path is null) return null;
        parsed.Refuse("--model holds both", _config, _weights);
        return ModelPath.Of(path);
    }

    private ModelPath? ForeignOf(ParseResult parsed)
    {
        if (PathOf(parsed) is not { IsForeign: true } foreign) return null;
        parsed.Refuse("Only a run has checkpoints to choose from", _best);
        return foreign;
    }

    private (string Config, string Weights) FilesOf(ParseResult parsed)
    {
        parsed.Refuse("Only a run has checkpoints to choose from", _best);
        if (PathOf(parsed) is { Path: string folder })
            return (ModelFolders.ConfigOf(ModelFolders.Check(folder)), ModelFolders.WeightsOf(folder));
        if (parsed.GetValue(_config) is not string config || parsed.GetValue(_weights) is not string weights)
            throw new UsageException("Name a model: --run RUN, --model PATH, or --config FILE and --weights FILE.safetensors.");
        foreach (string file in (string[])[config, weights])
            if (!File.Exists(file)) throw new FileNotFoundException($"There is no {file}.", file);
        return (config, weights);
    }

    /// <summary>A model's configuration from a file of its own, or the section of a run's.</summary>
    public static TransformerConfig ReadConfig(string path) => ConfigOptions.ReadFile(path)["model"] is JsonObject model
        ? TransformerConfig.Parse(model.ToJsonString())
        : throw new InvalidDataException($"{path} has neither a model's keys nor a section model.");
}
