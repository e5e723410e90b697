using System.CommandLine;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;
using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Cli;

/// <summary>How commands are told which trained model to use: a run's folder, a model's, or a configuration and a weight file.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string?> _run = Options.Optional<string?>("--run", "Folder of a run: its newest checkpoint is used", "RUN");
    private readonly Option<bool> _best = Options.Optional<bool>("--best", "Use the run's checkpoint of the lowest validation loss");
    private readonly Option<string?> _model = Options.Optional<string?>("--model",
        "Folder of a model, as import writes it: config.json, model.safetensors, and its tokenizer", "FOLDER");
    private readonly Option<string?> _config = Options.Optional<string?>("--config", "The model's configuration, with --weights", "FILE");
    private readonly Option<string?> _weights = Options.Optional<string?>("--weights", "The model's weights, with --config",
        "FILE.safetensors");
    private readonly Option<string?> _tokenizer = Options.Optional<string?>("--tokenizer",
        $"The tokenizer: {TokenizerFiles.Kinds} [default: the run's or the model's]", "PATH");

    public void AddTo(Command command) => command.AddAll(_run, _best, _model, _config, _weights, _tokenizer, ComputeDevice.Option);

    /// <summary>Loads the model for libtorch.</summary>
    public (TransformerLM Model, long? Step) Load(ParseResult parsed, Terminal terminal, Device device)
    {
        if (RunOf(parsed) is not string run)
        {
            (string config, string weights) = FilesOf(parsed);
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

    /// <summary>The tokenizer that was named, or the run's; null where neither is known.</summary>
    public ITokenizer? Tokenizer(ParseResult parsed) =>
        (parsed.GetValue(_tokenizer) ?? (RunOf(parsed) is string run ? new RunDirectory(run).FindTokenizer()
            : parsed.GetValue(_model) is string model ? ModelFolders.TokenizerOf(model) : null)) is string folder
            ? BpeTokenizer.Load(folder) : null;

    private string? RunOf(ParseResult parsed)
    {
        string? run = parsed.GetValue(_run);
        if (run is not null && (parsed.GetValue(_config) ?? parsed.GetValue(_weights) ?? parsed.GetValue(_model)) is not null)
            throw new UsageException("Name the model by --run, by --model, or by --config and --weights, not by both.");
        if (run is not null && !Directory.Exists(run))
            throw new DirectoryNotFoundException($"There is no folder {run}: name the folder of a run.");
        return run;
    }

    private (string Config, string Weights) FilesOf(ParseResult parsed)
    {
        parsed.Refuse("Without --run there are no checkpoints to choose from", _best);
        if (parsed.GetValue(_model) is string folder)
        {
            parsed.Refuse("The folder of --model holds both", _config, _weights);
            return (ModelFolders.ConfigOf(ModelFolders.Check(folder)), ModelFolders.WeightsOf(folder));
        }
        if (parsed.GetValue(_config) is not string config || parsed.GetValue(_weights) is not string weights)
            throw new UsageException("Name a model: --run RUN, --model FOLDER, or --config FILE and --weights FILE.safetensors.");
        foreach (string file in (string[])[config, weights])
            if (!File.Exists(file)) throw new FileNotFoundException($"There is no {file}.", file);
        return (config, weights);
    }

    /// <summary>A model's configuration from a file of its own, or the section of a run's.</summary>
    public static TransformerConfig ReadConfig(string path) => ConfigOptions.ReadFile(path)["model"] is JsonObject model
        ? TransformerConfig.Parse(model.ToJsonString())
        : throw new InvalidDataException($"{path} has neither a model's keys nor a section model.");
}
