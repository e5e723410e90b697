using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Weights of a model that was written for Stanford's CS336 and trained in PyTorch: a safetensors file with the assignment's names, also
/// with the <c>_orig_mod.</c> that <c>torch.compile</c> puts before them; or a <c>.dat</c> file of such a module's <c>save</c> in
/// TorchSharp.
/// </summary>
public static class CourseWeights
{
    private const string Compiled = "_orig_mod.";

    /// <summary>
    /// Finds out the shape of a model from its weights, all but what no tensor shows: the number of heads and how long a text may be, which
    /// are to be given, and constants such as ε and Θ, which are the defaults of <see cref="TransformerConfig"/> in what is returned.
    /// </summary>
    /// <param name="weightsPath">A safetensors file, or one of TorchSharp, whose name ends with <c>.dat</c>.</param>
    /// <param name="numHeads">Number of query heads.</param>
    /// <param name="contextLength">The most tokens that the model attends over.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, a pickle, or holds no such model.</exception>
    public static TransformerConfig FindShape(string weightsPath, int numHeads, int contextLength)
    {
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentOutOfRangeException.ThrowIfLessThan(numHeads, 1);
        using WeightFiles files = WeightFiles.Open(weightsPath);
        Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> tensors = Rename(files);
        int width = Size(TransformerTensors.Embeddings, 1), headSize = Math.Max(1, width / numHeads);
        int keyHeads = Size(TransformerTensors.Layer(0, "attn.k_proj"), 0) / headSize;
        bool normed = tensors.ContainsKey(TransformerTensors.Layer(0, "ln1"));
        int layers = 1; // its first was found
        while (tensors.ContainsKey(TransformerTensors.Layer(layers, "attn.k_proj"))) layers++;
        TransformerConfig config = new()
        {
            VocabSize = Size(TransformerTensors.Embeddings, 0),
            ContextLength = contextLength,
            DModel = width,
            NumLayers = layers,
            NumHeads = numHeads,
            NumKvHeads = keyHeads == numHeads ? null : keyHeads,
            DFf = Size(TransformerTensors.Layer(0, "ffn.w1"), 0),
            Norm = normed ? NormPlacement.Pre : NormPlacement.None,
            FeedForward = tensors.ContainsKey(TransformerTensors.Layer(0, "ffn.w3")) ? FeedForwardKind.SwiGlu : FeedForwardKind.Silu,
            TiedEmbeddings = !tensors.ContainsKey(TransformerTensors.Head),
        };
        IReadOnlyList<string> problems = config.FindProblems();
        return problems.Count == 0 ? config
            : throw new InvalidDataException($"{weightsPath} with {numHeads} heads is no model: {string.Join(" ", problems)}");

        int Size(string name, int dimension)
        {
            if (!tensors.TryGetValue(name, out var tensor))
                throw new InvalidDataException($"{weightsPath} has no tensor {name}: it holds no model with the course's names.");
            IReadOnlyList<long> shape = tensor.Entry.Shape;
            return shape.Count == 2 && shape[dimension] is > 0 and <= int.MaxValue ? (int)shape[dimension]
                : throw new InvalidDataException($"{weightsPath}: tensor {tensor.Entry} was found, expected two dimensions from 1 on.");
        }
    }

    /// <summary>
    /// Makes a folder that <see cref="CpuLanguageModel"/> loads. Nothing is written before everything is checked, and <c>config.json</c>
    /// comes last.
    /// </summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="weightsPath">A safetensors file, or one of TorchSharp, whose name ends with <c>.dat</c>.</param>
    /// <param name="output">The folder to write, which does not exist or is empty.</param>
    /// <param name="tokenizer">The model's tokenizer, to lie beside it; null for none.</param>
    /// <exception cref="ArgumentException">The configuration is not sound.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, a pickle, or of another model.</exception>
    /// <exception cref="IOException">The folder is not empty, or the disk is full or failed.</exception>
    public static void Import(TransformerConfig config, string weightsPath, string output, BpeModel? tokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(weightsPath);
        ArgumentException.ThrowIfNullOrEmpty(output);
        config.Validate();
        using WeightFiles files = WeightFiles.Open(weightsPath);
        ModelTensors tensors = new(config, Rename(files));
        HuggingFaceFolder.Refuse(tensors.FindProblems(name => name), weightsPath);
        HuggingFaceFolder.Write(config, tensors, RotaryOrder.Same, output, tokenizer);
    }

    /// <summary>The tensors without what the compiler has put into their names, wherever in the model it was called.</summary>
    private static Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> Rename(WeightFiles files)
    {
        Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> tensors = [];
        foreach ((string name, (SafetensorsFile File, SafetensorsEntry Entry) tensor) in files.Tensors)
        {
            string plain = name.Replace(Compiled, "", StringComparison.Ordinal);
            if (plain.Length == 0 || !tensors.TryAdd(plain, tensor))
                throw new InvalidDataException($"{files.Path}: tensor '{SafetensorsEntry.Cut(name)}' is there with and without {Compiled}");
        }
        return tensors;
    }
}
