namespace Cs336.Cli;

/// <summary>A folder that holds a model, as <c>cs336 import</c> writes it: configuration, weights, and perhaps a tokenizer.</summary>
internal static class ModelFolders
{
    private static readonly string[] TokenizerNames = ["tokenizer.json", "vocab.json", "tekken.json", "tokenizer.model"];

    public static string ConfigOf(string folder) => Path.Combine(folder, "config.json");

    public static string WeightsOf(string folder) => Path.Combine(folder, "model.safetensors");

    /// <summary>The folder itself or the one named tokenizer in it, whichever holds a tokenizer; null where none does.</summary>
    public static string? TokenizerOf(string folder) => ((string[])[folder, Path.Combine(folder, "tokenizer")]).FirstOrDefault(
        place => TokenizerNames.Any(name => File.Exists(Path.Combine(place, name))));

    /// <summary>Sees that a folder holds a model of ours.</summary>
    public static string Check(string folder)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"There is no folder {folder}: name the folder of a model.");
        foreach (string file in (string[])[ConfigOf(folder), WeightsOf(folder)])
            if (!File.Exists(file))
                throw new FileNotFoundException($"There is no {file}: a model's folder holds config.json and model.safetensors.", file);
        return folder;
    }
}
