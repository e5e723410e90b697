using Cs336.Runs;

namespace Cs336.Inference;

/// <summary>What a <see cref="CpuLanguageModel"/> consists of once its files have been read, of whichever kind they are.</summary>
/// <param name="Config">The model's shape.</param>
/// <param name="Source">What tells the shape, for messages.</param>
/// <param name="Weights">The weights, in the precision asked for.</param>
internal sealed record CpuModelFiles(TransformerConfig Config, string Source, CpuWeights Weights)
{
    /// <summary>Reads what lies at a path: a folder of ours or of transformers, or a GGUF file.</summary>
    public static CpuModelFiles Open(string path, CpuModelOptions? options)
    {
        if (File.Exists(path)) return OpenGguf(path, options);
        if (HuggingFaceFolder.IsOne(path)) return OpenHuggingFace(path, options);
        string folder = ModelFolder.Find(path);
        return Open(Path.Combine(folder, RunFiles.Config), Path.Combine(folder, RunFiles.Weights), options);
    }

    /// <summary>Reads a configuration and a safetensors file.</summary>
    public static CpuModelFiles Open(string configPath, string weightsPath, CpuModelOptions? options)
    {
        options = Sound(options);
        TransformerConfig config = TransformerConfig.Load(configPath);
        return new CpuModelFiles(config, configPath, new CpuWeights(config, weightsPath, options));
    }

    /// <summary>Reads a GGUF file.</summary>
    public static CpuModelFiles OpenGguf(string path, CpuModelOptions? options)
    {
        options = Sound(options);
        using GgufFile file = new(path, options.MapWeights);
        TransformerConfig config = GgufModel.ReadConfig(file);
        return new CpuModelFiles(config, path, new CpuWeights(config, file, options));
    }

    private static CpuModelFiles OpenHuggingFace(string directory, CpuModelOptions? options)
    {
        options = Sound(options);
        TransformerConfig config = HuggingFaceFolder.ReadConfig(Path.Combine(directory, RunFiles.Config));
        using WeightFiles files = WeightFiles.OpenFolder(directory);
        return new CpuModelFiles(
            config, directory, new CpuWeights(config, HuggingFaceFolder.TensorsOf(config, files), directory, options));
    }

    private static CpuModelOptions Sound(CpuModelOptions? options)
    {
        options ??= new CpuModelOptions();
        options.Validate();
        return options;
    }
}
