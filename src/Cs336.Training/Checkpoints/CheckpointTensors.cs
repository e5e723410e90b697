using System.Text;
using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>The tensors of a checkpoint's files, and whether they are those that are to be filled.</summary>
internal static class CheckpointTensors
{
    private const int MaxNamed = 5;

    /// <summary>What a model has learnt, and the buffers that it keeps.</summary>
    public static Dictionary<string, Tensor> Of(nn.Module model) => model.state_dict();

    /// <summary>The files of a model, of its optimizer's state where there is one, and of its configuration where it has one.</summary>
    public static IEnumerable<CheckpointFile> ToFiles(TransformerConfig? config, IReadOnlyDictionary<string, Tensor> weights,
        IReadOnlyDictionary<string, Tensor>? optimizerState)
    {
        yield return new CheckpointFile(CheckpointManifest.ModelFile, stream => NamedTensors.Save(weights, stream));
        if (optimizerState is not null)
            yield return new CheckpointFile(CheckpointManifest.OptimizerFile, stream => NamedTensors.Save(optimizerState, stream));
        if (config is null) yield break;
        byte[] json = Encoding.UTF8.GetBytes(config.ToJson());
        yield return new CheckpointFile(CheckpointManifest.ConfigFile, stream => stream.Write(json));
    }

    /// <summary>
    /// How a file's tensors differ in name and shape from those that it is to fill, as a clause that names a few; null where they do not.
    /// </summary>
    public static string? FindMisfit(IReadOnlyDictionary<string, Tensor> expected, Stream file, string name)
    {
        Dictionary<string, long[]> found = new SafetensorsReader(file, name)
            .Tensors.ToDictionary(entry => entry.Name, entry => entry.Shape.ToArray());
        string[] differences =
        [
            .. expected.Where(item => !found.ContainsKey(item.Key)).Select(item => $"{item.Key} is missing"),
            .. expected.Where(item => found.TryGetValue(item.Key, out long[]? shape) && !shape.SequenceEqual(item.Value.shape))
                .Select(item => $"{item.Key} has shape ({string.Join(", ", found[item.Key])}), expected "
                    + $"({string.Join(", ", item.Value.shape)})"),
            .. found.Keys.Where(key => !expected.ContainsKey(key)).Select(key => $"{key} is unknown"),
        ];
        if (differences.Length == 0) return null;
        string more = differences.Length > MaxNamed ? $"; and {differences.Length - MaxNamed} more" : "";
        return string.Join("; ", differences.Take(MaxNamed)) + more;
    }
}
