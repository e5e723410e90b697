using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Moves a model's parameters to and from safetensors files.</summary>
public static class TransformerWeights
{
    /// <summary>Writes a model's parameters, float32, under their names.</summary>
    /// <param name="model">Whose weights are written.</param>
    /// <param name="destination">Where to; left open.</param>
    public static void Save(TransformerLM model, Stream destination)
    {
        ArgumentNullException.ThrowIfNull(model);
        NamedTensors.Save(NamedParameters(model), destination);
    }

    /// <summary>
    /// Writes a model's parameters, float32, under their names to a file that appears when it is whole and on the disk: whoever
    /// reads meanwhile, or after a crash, sees the one before, or none.
    /// </summary>
    /// <param name="model">Whose weights are written.</param>
    /// <param name="path">The file; folders that do not exist are made.</param>
    /// <exception cref="IOException">The disk is full or failed; the file before is still there.</exception>
    public static void Save(TransformerLM model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        NamedTensors.Save(NamedParameters(model), path);
    }

    /// <summary>Replaces a model's parameters by those of a file; float16 and bfloat16 are widened.</summary>
    /// <param name="model">Gets the weights.</param>
    /// <param name="source">A safetensors file from its beginning.</param>
    /// <param name="name">What messages call the file.</param>
    /// <exception cref="InvalidDataException">The file is damaged, or its tensors are not the model's: those that are missing, unknown
    /// or of another shape are listed, up to 20 of them, and the model is left as it was, unless a stream that cannot seek ended before
    /// its header said.</exception>
    public static void Load(TransformerLM model, Stream source, string name)
    {
        ArgumentNullException.ThrowIfNull(model);
        NamedTensors.Load(NamedParameters(model), source, name);
    }

    /// <summary>Replaces a model's parameters by those of a file; float16 and bfloat16 are widened.</summary>
    /// <param name="model">Gets the weights.</param>
    /// <param name="path">A safetensors file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <inheritdoc cref="Load(TransformerLM, Stream, string)" path="/exception"/>
    public static void Load(TransformerLM model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        using FileStream file = OpenRead(path);
        Load(model, file, path);
    }

    /// <summary>Makes a model from a configuration file and a weights file.</summary>
    /// <param name="configPath">JSON with the course's names.</param>
    /// <param name="weightsPath">A safetensors file.</param>
    /// <param name="path">Which code computes what costs most time.</param>
    /// <param name="device">Where the model lives; null for the CPU.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or the two do not belong together; that is found before a model is made.
    /// </exception>
    public static TransformerLM LoadModel(string configPath, string weightsPath, ComputePath path = ComputePath.Fast, Device? device = null)
    {
        TransformerConfig config = TransformerConfig.Load(configPath);
        using FileStream weights = OpenRead(weightsPath);
        TransformerTensors.Check(config, new SafetensorsReader(weights, weightsPath).Tensors, weightsPath);
        weights.Position = 0;
        TransformerLM model = new(config, path, device);
        try
        {
            Load(model, weights, weightsPath);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Others may replace or delete the file meanwhile, which Windows forbids to a file that is opened otherwise.</summary>
    private static FileStream OpenRead(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);

    private static Dictionary<string, Tensor> NamedParameters(TransformerLM model) =>
        model.named_parameters().ToDictionary(item => item.name, Tensor (item) => item.parameter);
}
