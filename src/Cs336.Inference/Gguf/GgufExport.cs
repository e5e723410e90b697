using System.Text;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Writes a trained model with its tokenizer as one GGUF file (version 3), which llama.cpp, Ollama and LM Studio run as architecture
/// <c>llama</c>.
/// </summary>
public static class GgufExport
{
    private const uint Version = 3, QuantizationVersion = 2;
    private const int Alignment = 32, PartBytes = 1 << 20;

    /// <summary>
    /// What such a file cannot hold of a model, one sentence each; empty where it can be written. llama.cpp knows models that normalize
    /// before their blocks, rotate positions and have a gated feed-forward network, and tokenizers over bytes with patterns that it has a
    /// name for.
    /// </summary>
    public static IReadOnlyList<string> FindProblems(TransformerConfig config, BpeModel tokenizer, GgufExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(tokenizer);
        return Prepare(config, tokenizer, options ?? new GgufExportOptions()).Problems;
    }

    /// <summary>
    /// What llama.cpp does otherwise than this library with a tokenizer that can be written, one sentence each; empty where it gives the
    /// same ids for any text.
    /// </summary>
    public static IReadOnlyList<string> FindDifferences(BpeModel tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return GgufPatterns.NameOf(tokenizer, out _) is not ("gpt-4o" or "tekken") ? [] :
        [
            "llama.cpp cuts text by its own version of the tokenizer's pattern, which knows neither combining marks as parts of words nor "
            + "the case of letters outside ASCII: text with them gets other tokens there than the model was trained with.",
        ];
    }

    /// <summary>
    /// What tensors a file has, in their order, each in its type: norms in float32, and matrices in the type asked for, or in half
    /// precision where the blocks of a quantized type do not fill their rows; with <see cref="GgufType.Q4_0"/> embeddings and head are
    /// <see cref="GgufType.Q8_0"/>.
    /// </summary>
    public static IReadOnlyList<GgufEntry> FindTensors(TransformerConfig config, GgufType type)
    {
        ArgumentNullException.ThrowIfNull(config);
        return [.. GgufTensor.Of(config).Select(tensor => new GgufEntry(tensor.Name, tensor.TypeIn(type), tensor.Shape))];
    }

    /// <summary>Writes a model. The file appears when it is whole; only a few rows of a tensor are in memory at a time.</summary>
    /// <param name="modelDirectory">
    /// A folder with <c>config.json</c> and <c>model.safetensors</c>, such as a checkpoint's, or a run's, whose last checkpoint is meant.
    /// </param>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="path">The file to write, usually <c>.gguf</c>; its folder is made where it does not exist.</param>
    /// <param name="options">Type, name and so on; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The model or its tokenizer cannot be written so; the message lists every problem at once.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no model in the folder.</exception>
    /// <exception cref="InvalidDataException">
    /// A file is damaged, or the two do not belong together; or a weight is infinite or no number, or too large for the type.
    /// </exception>
    /// <exception cref="IOException">The disk is full or failed; a file that was there before is as it was.</exception>
    public static void Write(string modelDirectory, BpeModel tokenizer, string path, GgufExportOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new GgufExportOptions();
        string folder = ModelFolder.Find(modelDirectory);
        TransformerConfig config = TransformerConfig.Load(Path.Combine(folder, RunFiles.Config));
        (List<string> problems, GgufVocabulary vocabulary) = Prepare(config, tokenizer, options);
        if (problems.Count > 0) throw new ArgumentException($"{folder} cannot be written as GGUF: {string.Join("; ", problems.Take(20))}.");

        using SafetensorsFile weights = new(Path.Combine(folder, RunFiles.Weights));
        TransformerTensors.Check(config, weights.Tensors, weights.Path);
        GgufTensor[] tensors = [.. GgufTensor.Of(config)];
        using AtomicFile file = new(path);
        WriteHeader(file.Stream, tensors, options.Type, MakeKeys(config, vocabulary, options, path));
        foreach (GgufTensor tensor in tensors)
        {
            WriteElements(file.Stream, new SafetensorsRows(weights, weights.Find(tensor.Source)!), tensor, options.Type, weights.Path);
            Pad(file.Stream);
        }
        file.Commit();
    }

    private static (List<string> Problems, GgufVocabulary Vocabulary) Prepare(
        TransformerConfig config, BpeModel tokenizer, GgufExportOptions options)
    {
        List<string> problems = [.. GgufModelCheck.FindProblems(config, options.Type)];
        return (problems, new GgufVocabulary(tokenizer, config.VocabSize, options.EndToken, problems));
    }

    private static GgufKeyWriter MakeKeys(TransformerConfig config, GgufVocabulary vocabulary, GgufExportOptions options, string path)
    {
        GgufKeyWriter keys = new();
        keys.Add(GgufNames.Architecture, GgufNames.Llama);
        keys.Add(GgufNames.Name, options.Name ?? Path.GetFileNameWithoutExtension(path));
        keys.Add(GgufNames.FileType, FileType(options.Type));
        keys.Add(GgufNames.QuantizationVersion, QuantizationVersion);
        if (options.Sampling is GenerationOptions sampling)
        {
            keys.Add(GgufNames.Sampling + "temp", (float)sampling.Temperature);
            keys.Add(GgufNames.Sampling + "top_k", sampling.TopK);
            keys.Add(GgufNames.Sampling + "top_p", (float)sampling.TopP);
            keys.Add(GgufNames.Sampling + "min_p", (float)sampling.MinP);
            keys.Add(GgufNames.Sampling + "penalty_repeat", (float)sampling.RepetitionPenalty);
        }
        keys.Add(GgufNames.VocabSize, (uint)config.VocabSize);
        keys.Add(GgufNames.ContextLength, (uint)config.ContextLength);
        keys.Add(GgufNames.Width, (uint)config.DModel);
        keys.Add(GgufNames.Layers, (uint)config.NumLayers);
        keys.Add(GgufNames.Inner, (uint)config.DFf);
        keys.Add(GgufNames.Heads, (uint)config.NumHeads);
        keys.Add(GgufNames.KeyValueHeads, (uint)config.KeyValueHeads);
        keys.Add(GgufNames.Epsilon, (float)config.Epsilon);
        keys.Add(GgufNames.Rotated, (uint)config.HeadSize);
        keys.Add(GgufNames.RopeTheta, (float)config.RopeTheta);
        vocabulary.Write(keys);
        if (options.ChatTemplate is string template) keys.Add(GgufNames.ChatTemplate, template);
        return keys;
    }

    private static void WriteHeader(Stream destination, GgufTensor[] tensors, GgufType type, GgufKeyWriter keys)
    {
        using BinaryWriter writer = new(destination, Encoding.UTF8, leaveOpen: true);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Length);
        writer.Write(keys.Count);
        writer.Flush();
        keys.WriteTo(destination);
        long offset = 0;
        foreach (GgufTensor tensor in tensors)
        {
            GgufKeyWriter.WriteText(writer, tensor.Name);
            writer.Write((uint)tensor.Shape.Length);
            foreach (long dimension in tensor.Shape.Reverse()) writer.Write((ulong)dimension); // innermost first
            writer.Write((uint)tensor.TypeIn(type));
            writer.Write((ulong)offset);
            offset += Aligned(GgufElements.SizeOf(tensor.TypeIn(type), tensor.Shape.Aggregate((a, b) => a * b)));
        }
        writer.Flush();
        Pad(destination);
    }

    private static void WriteElements(Stream destination, SafetensorsRows rows, GgufTensor tensor, GgufType type, string source)
    {
        type = tensor.TypeIn(type);
        long inPart = Math.Clamp(PartBytes / (sizeof(float) * rows.Columns), 1, rows.Rows);
        float[] values = new float[inPart * rows.Columns];
        byte[] bytes = new byte[GgufElements.SizeOf(type, values.Length)];
        for (long row = 0; row < rows.Rows; row += inPart)
        {
            int count = (int)(Math.Min(inPart, rows.Rows - row) * rows.Columns);
            rows.Read(row, values.AsSpan(0, count));
            if (GgufElements.Write(values.AsSpan(0, count), type, bytes) is float tooLarge)
                throw new InvalidDataException(
                    $"{source}: tensor {tensor.Source} holds {tooLarge}, which is too large for {type}: write the model as F32 or BF16.");
            destination.Write(bytes.AsSpan(0, (int)GgufElements.SizeOf(type, count)));
        }
    }

    /// <summary>llama.cpp's number for files whose matrices are mostly of a type, <c>general.file_type</c>.</summary>
    private static uint FileType(GgufType type) => type switch
    {
        GgufType.F32 => 0,
        GgufType.F16 => 1,
        GgufType.Q4_0 => 2,
        GgufType.Q8_0 => 7,
        _ => 32,
    };

    private static long Aligned(long position) => (position + Alignment - 1) / Alignment * Alignment;

    private static void Pad(Stream stream) => stream.Write(new byte[Aligned(stream.Position) - stream.Position]);
}
