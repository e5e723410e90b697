using Cs336.Inference;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Cli;

/// <summary>
/// A model that was named by its path: the folder of a run, of a model, or of one of Hugging Face's, or a GGUF file. The one place where
/// such a path becomes a model.
/// </summary>
internal sealed class ModelPath
{
    /// <summary>What may be named, for the help of options.</summary>
    public const string Kinds = "the folder of a run or of a model (config.json, model.safetensors and its tokenizer), "
        + "one of Hugging Face's transformers, or a .gguf file";

    /// <summary>What may be named as a run, for the help of options.</summary>
    public const string RunKinds = "Folder of a run, whose newest checkpoint is used, or of a model, as import writes it";

    private ModelPath(string path, ModelFormat format) => (Path, Format) = (path, format);

    public string Path { get; }

    public ModelFormat Format { get; }

    /// <summary>Whether other programs wrote it, so that libtorch and exports need a folder made of it first.</summary>
    public bool IsForeign => Format is ModelFormat.HuggingFace or ModelFormat.Gguf;

    /// <summary>Whether a folder that was named as a run's is a model's instead.</summary>
    public static bool IsModelFolder(string folder) =>
        Directory.Exists(folder) && ModelInspection.FormatOf(folder) is ModelFormat.Folder or ModelFormat.HuggingFace;

    /// <summary>Finds out what a path is.</summary>
    /// <exception cref="FileNotFoundException">There is nothing, or no model.</exception>
    public static ModelPath Of(string path)
    {
        ModelFormat format = ModelInspection.FormatOf(path);
        if (format is not (ModelFormat.Unknown or ModelFormat.Safetensors or ModelFormat.TorchSharp)) return new ModelPath(path, format);
        if (Directory.Exists(path)) ModelFolders.Check(path); // says which file it lacks
        throw new FileNotFoundException(!File.Exists(path) ? $"There is no folder {path}, nor a file: name {Kinds}."
            : format is ModelFormat.Safetensors or ModelFormat.TorchSharp
                ? $"{path} holds weights alone: make a model of it by cs336 import."
            : $"{path} is no GGUF file: name {Kinds}.", path);
    }

    /// <summary>The tokenizer that belongs to it; null where there is none.</summary>
    /// <exception cref="InvalidDataException">It is of a kind that is not read here, or damaged.</exception>
    public BpeModel? LoadTokenizer() => Format switch
    {
        ModelFormat.Run => new RunDirectory(Path).LoadTokenizer()?.Model,
        ModelFormat.Gguf => GgufTokenizer.Load(Path),
        _ => ModelFolders.TokenizerOf(Path) is string place ? BpeModel.Load(place) : null,
    };

    /// <summary>The tokenizer that came with the model, which may be of a kind that is not read here.</summary>
    /// <param name="terminal">Told where it is not.</param>
    public BpeModel? TryLoadTokenizer(Terminal terminal)
    {
        try
        {
            return LoadTokenizer();
        }
        catch (InvalidDataException exception)
        {
            terminal.Warning($"the model comes without its tokenizer, which cannot be read here: {exception.Message}");
            return null;
        }
    }

    /// <summary>Writes a folder of ours of a model that other programs wrote.</summary>
    public TransformerConfig Import(string output, BpeModel? tokenizer = null) => Format == ModelFormat.Gguf
        ? GgufImport.Import(Path, output, tokenizer) : HuggingFaceFolder.Import(Path, output, tokenizer);

    /// <summary>The folder of a model of ours: the path itself, or one that is made of it for as long as the result is held.</summary>
    public ImportedFolder ToFolder() => IsForeign ? new ImportedFolder(this) : new ImportedFolder(Path);
}
