using System.Text;
using System.Text.Json;
using Cs336.Json;
using Cs336.Runs;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>A model's tensors in one safetensors file or one of TorchSharp, or in several that an index names.</summary>
internal sealed class WeightFiles : IDisposable
{
    public const string IndexName = "model.safetensors.index.json";
    private const int MaxIndexBytes = 64 << 20, MaxFiles = 1000;
    private readonly List<SafetensorsFile> _files = [];

    private WeightFiles(string path)
    {
        // Elements are converted as they lie in the file, where they are little-endian.
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("Converting weights needs a little-endian processor.");
        Path = path;
    }

    /// <summary>What messages call them: the file, or the index.</summary>
    public string Path { get; }

    /// <summary>Every tensor and where it lies, by its name there.</summary>
    public Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> Tensors { get; } = [];

    /// <summary>Opens one file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no sound file of either kind, or a pickle, which is never read.</exception>
    public static WeightFiles Open(string path)
    {
        Pickles.Refuse(path);
        WeightFiles files = new(path);
        files.Add(path);
        return files;
    }

    /// <summary>Opens a folder's <c>model.safetensors</c>, or what its index names where there is none.</summary>
    /// <exception cref="FileNotFoundException">There is neither, or a file of the index is missing.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or the index names what it may not.</exception>
    public static WeightFiles OpenFolder(string directory)
    {
        string single = System.IO.Path.Combine(directory, RunFiles.Weights), index = System.IO.Path.Combine(directory, IndexName);
        if (File.Exists(single)) return Open(single);
        if (!File.Exists(index))
            throw new FileNotFoundException($"There are no weights in {directory}: expected {RunFiles.Weights} or {IndexName}. "
                + "Where it holds pytorch_model.bin, a pickle, which is never read: save the model anew with safe_serialization=True.");
        WeightFiles files = new(index);
        try
        {
            files.AddAll(directory);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (SafetensorsFile file in _files) file.Dispose();
    }

    private void Add(string path)
    {
        SafetensorsFile file = SafetensorsFile.OfWeights(path);
        _files.Add(file);
        foreach (SafetensorsEntry entry in file.Tensors)
            if (!Tensors.TryAdd(entry.Name, (file, entry)))
                throw new InvalidDataException(
                    $"{Path}: tensor '{SafetensorsEntry.Cut(entry.Name)}' is in {Tensors[entry.Name].File.Path} and in {path}.");
    }

    private void AddAll(string directory)
    {
        Dictionary<string, string> map = ReadIndex();
        ProblemList problems = new();
        string[] names = [.. map.Values.Distinct()];
        foreach (string name in names)
            if (!IsFileName(name)) problems.Add($"'{SafetensorsEntry.Cut(name)}' is no name of a safetensors file in the same folder");
        if (names.Length > MaxFiles) problems.Add($"it names {names.Length} files; at most {MaxFiles} are read");
        if (problems.Count > 0) throw new InvalidDataException($"{Path} is refused: {problems}.");
        foreach (string name in names) Add(System.IO.Path.Combine(directory, name));
        foreach ((string tensor, string file) in map)
            if (!Tensors.TryGetValue(tensor, out var found) || System.IO.Path.GetFileName(found.File.Path) != file)
                problems.Add($"'{SafetensorsEntry.Cut(tensor)}' is not in {file}");
        foreach (string tensor in Tensors.Keys.Where(tensor => !map.ContainsKey(tensor)))
            problems.Add($"'{SafetensorsEntry.Cut(tensor)}' is in a file, but not in the index");
        if (problems.Count > 0) throw new InvalidDataException($"{Path} and the files that it names differ: {problems}.");
    }

    /// <summary>A name alone, on whatever system: nothing that leads out of the folder.</summary>
    private static bool IsFileName(string name) =>
        name.EndsWith(".safetensors", StringComparison.Ordinal) && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;

    private Dictionary<string, string> ReadIndex()
    {
        byte[] json = SmallFile.ReadJson(Path, MaxIndexBytes, "an index of weights");
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object
                || map.EnumerateObject().Any(tensor => tensor.Value.ValueKind != JsonValueKind.String))
                throw new InvalidDataException($"{Path} is no index of weights: expected an object weight_map of tensors and file names.");
            return map.EnumerateObject().ToDictionary(tensor => tensor.Name, tensor => tensor.Value.GetString()!);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{Path} is not JSON: {JsonMessage.Of(exception)}", exception);
        }
    }
}
