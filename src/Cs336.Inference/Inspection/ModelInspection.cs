using System.Numerics;
using System.Text.Json;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// What the files of a model are, and whether it can be run here or why not: only a path where there is nothing is an exception. Of files
/// with weights only the headers are read.
/// </summary>
/// <example><code>
/// ModelInspection found = ModelInspection.Of("small.gguf");
/// Console.WriteLine(found.Refusal ?? $"{found.Config!.NumLayers} layers, {found.Parameters} parameters");
/// </code></example>
public sealed record ModelInspection
{
    private const int MaxConfigBytes = 1 << 20, MagicBytes = 9;

    private ModelInspection(string path, ModelFormat format) => (Path, Source, Format) = (path, path, format);

    /// <summary>The path that was looked at.</summary>
    public string Path { get; }

    /// <summary>Where the model is: the path itself, or the newest checkpoint of a run.</summary>
    public string Source { get; private init; }

    /// <summary>What the path is.</summary>
    public ModelFormat Format { get; }

    /// <summary>
    /// What a file of another program calls the architecture, such as <c>llama</c> or <c>LlamaForCausalLM</c>; null where it is ours, or
    /// not told.
    /// </summary>
    public string? Architecture { get; private init; }

    /// <summary>The model's shape; null where it cannot be run, or no file tells it.</summary>
    public TransformerConfig? Config { get; private init; }

    /// <summary>The tensors that its files hold; empty where a file is damaged.</summary>
    public IReadOnlyList<ModelTensor> Tensors { get; private init; } = [];

    /// <summary>Why it cannot be run here, everything that is in the way in one text; null where it can.</summary>
    public string? Refusal { get; private init; }

    /// <summary>How many numbers the tensors have, scales of int8 matrices left out.</summary>
    public long Parameters => Tensors
        .Where(tensor => !tensor.Name.EndsWith(TransformerTensors.ScaleSuffix, StringComparison.Ordinal)).Sum(tensor => tensor.Count);

    /// <summary>How many bytes the tensors take in their files.</summary>
    public long WeightBytes => Tensors.Sum(tensor => tensor.ByteLength);

    /// <summary>
    /// How many bytes <see cref="CpuLanguageModel"/> takes for keys and values of one sequence of context_length tokens; null where the
    /// shape is not known.
    /// </summary>
    public long? CacheBytes => Config is null ? null
        : new KeyValueLayout(Config.KeyValueHeads, Config.HeadSize, Config.ContextLength).BytesOf(Config.NumLayers);

    /// <summary>What a path is, by the names of files and their first bytes.</summary>
    /// <param name="path">A folder or a file; <see cref="ModelFormat.Unknown"/> where there is nothing.</param>
    public static ModelFormat FormatOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
        {
            if (HuggingFaceFolder.IsOne(path)) return ModelFormat.HuggingFace;
            if (File.Exists(System.IO.Path.Combine(path, RunFiles.Weights))) return ModelFormat.Folder;
            return Directory.Exists(System.IO.Path.Combine(path, RunFiles.Checkpoints)) ? ModelFormat.Run : ModelFormat.Unknown;
        }
        if (!File.Exists(path)) return ModelFormat.Unknown;
        if (TorchSharpModule.IsOne(path)) return ModelFormat.TorchSharp;
        Span<byte> first = stackalloc byte[MagicBytes];
        using FileStream file = FileOperations.OpenRead(path);
        int count = file.ReadAtLeast(first, MagicBytes, throwOnEndOfStream: false);
        if (first.StartsWith("GGUF"u8)) return ModelFormat.Gguf;
        return count == MagicBytes && first[^1] == '{' ? ModelFormat.Safetensors : ModelFormat.Unknown; // behind eight bytes of length
    }

    /// <summary>Looks at a folder or a file.</summary>
    /// <param name="path">The folder of a run, of a model or of Hugging Face's transformers, a GGUF or a safetensors file.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    public static ModelInspection Of(string path)
    {
        ModelFormat format = FormatOf(path);
        if (format == ModelFormat.Unknown && !File.Exists(path) && !Directory.Exists(path))
            throw new FileNotFoundException($"There is no {path}: name a folder with a model, a .gguf or a .safetensors file.", path);
        ModelInspection found = new(path, format);
        try
        {
            return format switch
            {
                ModelFormat.Run or ModelFormat.Folder => found.OfFolder(ModelFolder.Find(path)),
                ModelFormat.HuggingFace => found.OfHuggingFace(),
                ModelFormat.Gguf => found.OfGguf(),
                ModelFormat.Safetensors or ModelFormat.TorchSharp => found.OfTensors(),
                _ => found with { Refusal = WhyUnknown(path) },
            };
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return found with { Refusal = exception.Message };
        }
    }

    private static string WhyUnknown(string path)
    {
        if (File.Exists(path)) Pickles.Refuse(path);
        return $"{path} is no model that is known here: neither the folder of a run, of a model or of transformers, nor a GGUF or a "
            + "safetensors file.";
    }

    private ModelInspection OfFolder(string folder)
    {
        using SafetensorsFile weights = new(System.IO.Path.Combine(folder, RunFiles.Weights));
        return (this with { Source = folder, Tensors = [.. weights.Tensors.Select(Describe)] }).With(() =>
        {
            TransformerConfig config = TransformerConfig.Load(System.IO.Path.Combine(folder, RunFiles.Config));
            TransformerTensors.Check(config, weights.Tensors, weights.Path);
            return config;
        });
    }

    private ModelInspection OfHuggingFace()
    {
        string config = System.IO.Path.Combine(Path, RunFiles.Config);
        ModelInspection found = this with { Architecture = ArchitectureOf(config) };
        try
        {
            using WeightFiles files = WeightFiles.OpenFolder(Path);
            found = found with { Tensors = [.. files.Tensors.Values.Select(tensor => Describe(tensor.Entry))] };
            return found.With(() =>
            {
                TransformerConfig shape = HuggingFaceFolder.ReadConfig(config);
                HuggingFaceFolder.TensorsOf(shape, files);
                return shape;
            });
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return found with { Refusal = exception.Message };
        }
    }

    private ModelInspection OfGguf()
    {
        using GgufFile file = new(Path);
        return (this with
        {
            Architecture = file.Keys.GetValueOrDefault(GgufNames.Architecture) as string,
            Tensors = [.. file.Tensors.Select(entry => new ModelTensor(entry.Name, $"{entry.Type}", entry.Shape, entry.ByteLength))],
        }).With(() => GgufModel.ReadConfig(file));
    }

    /// <summary>
    /// Heads and context are told by no tensor, so that there is no shape; whether the names are the course's is looked at.
    /// </summary>
    private ModelInspection OfTensors()
    {
        using SafetensorsFile file = SafetensorsFile.OfWeights(Path);
        return (this with { Tensors = [.. file.Tensors.Select(Describe)] }).With(() =>
        {
            SafetensorsEntry? keys = file.Tensors.FirstOrDefault(tensor =>
                tensor.Name.EndsWith(TransformerTensors.Layer(0, "attn.k_proj"), StringComparison.Ordinal) && tensor.Shape.Count == 2);
            // Any number of heads that keys and queries can be cut into will do.
            long size = keys is null ? 1 : (long)BigInteger.GreatestCommonDivisor(keys.Shape[0], keys.Shape[1]);
            long heads = keys is null || size == 0 ? 1 : keys.Shape[1] / size;
            CourseWeights.FindShape(Path, (int)Math.Min(heads, int.MaxValue), contextLength: 1);
            return null;
        });
    }

    private ModelInspection With(Func<TransformerConfig?> readConfig)
    {
        try
        {
            return this with { Config = readConfig() };
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            return this with { Refusal = exception.Message };
        }
    }

    private static string? ArchitectureOf(string config)
    {
        using JsonDocument document = JsonDocument.Parse(SmallFile.ReadJson(config, MaxConfigBytes, "a model configuration"));
        JsonElement root = document.RootElement; // an object with a model_type, or the folder would be none of transformers
        return root.TryGetProperty("architectures", out JsonElement names) && names.ValueKind == JsonValueKind.Array
            && names.GetArrayLength() == 1 ? $"{names[0]}" : $"{root.GetProperty("model_type")}";
    }

    private static ModelTensor Describe(SafetensorsEntry entry) => new(entry.Name, $"{entry.Type}", entry.Shape, entry.ByteLength);

    private static bool IsRefusal(Exception exception) =>
        exception is InvalidDataException or ArgumentException or JsonException or IOException or UnauthorizedAccessException;
}
