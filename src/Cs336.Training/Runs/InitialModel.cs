using Cs336.Inference;
using Cs336.Runs;

namespace Cs336.Training;

/// <summary>
/// The model that a run begins with in place of fresh weights: a folder with configuration and weights, as an import writes it, or another
/// run's folder, of which it is the newest checkpoint that is whole.
/// </summary>
internal sealed class InitialModel
{
    private static readonly string[] TokenizerNames = ["tokenizer.json", "tokenizer.model", "vocab.json"];

    private InitialModel(string folder, string model, string? tokenizer)
    {
        (Folder, Weights, Tokenizer) = (folder, Path.Combine(model, RunFiles.Weights), tokenizer);
        Config = TransformerConfig.Load(Path.Combine(model, RunFiles.Config));
        using FileStream file = new(Weights, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        TransformerTensors.Check(Config, new SafetensorsReader(file, Weights).Tensors, Weights);
    }

    /// <summary>What was named.</summary>
    public string Folder { get; }

    /// <summary>The model's shape.</summary>
    public TransformerConfig Config { get; }

    /// <summary>The file of its weights, whose names and shapes are the configuration's.</summary>
    public string Weights { get; }

    /// <summary>The folder of its tokenizer; null where it comes with none.</summary>
    public string? Tokenizer { get; }

    /// <summary>Finds the model of a folder; its weights are not read yet.</summary>
    /// <exception cref="IOException">There is no such folder, or no model in it.</exception>
    /// <exception cref="InvalidDataException">It is one of transformers, or damaged.</exception>
    public static InitialModel Open(string folder)
    {
        if (File.Exists(folder))
            throw new InvalidDataException($"{folder} is a file, but training begins with a folder: make one of it, by cs336 import "
                + $"--from {folder} --output FOLDER, {nameof(GgufImport)} or {nameof(CourseWeights)}.");
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder {folder}: name one with {RunFiles.Config} and {RunFiles.Weights}, "
                + "or a run's.");
        if (HuggingFaceFolder.IsOne(folder))
            throw new InvalidDataException($"{folder} is a model of transformers: make a folder to begin with of it, by cs336 import "
                + $"--from {folder} --output FOLDER or {nameof(HuggingFaceFolder)}.{nameof(HuggingFaceFolder.Import)}.");
        if (File.Exists(Path.Combine(folder, RunFiles.Weights))) return new InitialModel(folder, folder, FindTokenizer(folder));
        RunDirectory run = new(folder);
        if (run.HoldsRun) return new InitialModel(folder, run.FindModel([]), run.FindTokenizer());
        throw new FileNotFoundException($"There is no model in {folder}: expected {RunFiles.Config} and {RunFiles.Weights}, or a run's "
            + $"{RunFiles.Checkpoints}.");
    }

    private static string? FindTokenizer(string folder) =>
        Array.Find([folder, Path.Combine(folder, RunFiles.Tokenizer)],
            place => Array.Exists(TokenizerNames, name => File.Exists(Path.Combine(place, name))));
}
