using System.Buffers.Binary;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

/// <summary>Everything of this package that reads files, given damaged ones: see <see cref="FuzzRun"/>.</summary>
public sealed class FileFuzzTests : IDisposable
{
    private const string Project = "Cs336.Inference.Tests";
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];
    private readonly TemporaryFolder _folder = RandomModel.Write(Config), _scratch = new();
    private readonly string _huggingFace;
    private readonly FuzzTarget[] _targets;

    public FileFuzzTests()
    {
        _huggingFace = _folder.File("hf");
        byte[] weights = File.ReadAllBytes(_folder.File("model.safetensors"));
        byte[][] safetensors = [weights, SmallFile(), Saved(CpuPrecision.Int8), Saved(CpuPrecision.BFloat16)];
        HuggingFaceFolder.Export(Config, _folder.File("model.safetensors"), _huggingFace);
        HuggingFaceFolder.Export(
            Config, _folder.File("model.safetensors"), _folder.File("narrow"), options: new() { Type = SafetensorsType.BF16 });
        byte[][] theirConfigs = [File.ReadAllBytes(Path.Combine(_huggingFace, "config.json"))];
        byte[][] theirWeights = [.. ((string[])[_huggingFace, _folder.File("narrow")])
            .Select(folder => File.ReadAllBytes(Path.Combine(folder, "model.safetensors")))];
        byte[][] configs = [.. RandomModel.Configs.Values.Select(config => System.Text.Encoding.UTF8.GetBytes(config.ToJson()))];
        _targets =
        [
            new("config", configs, bytes => TransformerConfig.Load(Write("config.json", bytes)), typeof(InvalidDataException)),
            new("safetensors", safetensors, ReadStreams, typeof(InvalidDataException)) { Repair = RepairLength },
            new("mapped", safetensors, ReadMapped, typeof(InvalidDataException)) { Repair = RepairLength },
            new("task", Tasks, bytes => EvaluationTask.Load(Write("task.jsonl", bytes)), typeof(InvalidDataException)),
            new(
                "model-config", [configs[0]], bytes => RunModel(Write("config.json", bytes), _folder.File("model.safetensors")),
                typeof(InvalidDataException)),
            new(
                "model-weights", [safetensors[0], .. safetensors[2..]],
                bytes => RunModel(_folder.File("config.json"), Write("model.safetensors", bytes)),
                typeof(InvalidDataException)) { Repair = RepairLength },
            new(
                "gguf",
                [
                    Gguf(GgufType.F32), Gguf(GgufType.BF16), Gguf(GgufType.Q8_0), Gguf(GgufType.Q4_0),
                    SuperBlocks(GgufType.Q4_K), SuperBlocks(GgufType.Q6_K),
                ],
                bytes => ReadGguf(Write("model.gguf", bytes)), typeof(InvalidDataException)),
            new("huggingface-config", theirConfigs, bytes => ImportFolder("config.json", bytes), typeof(InvalidDataException)),
            // To inspect what is there ends in no exception.
            new("inspected-huggingface", theirConfigs, bytes => Inspect(PutBeside(_huggingFace, "config.json", bytes))),
            new("inspected-config", [configs[0]], bytes => Inspect(PutBeside(_folder.Path, "config.json", bytes))),
            new("inspected-gguf", [Gguf(GgufType.F32)], bytes => Inspect(Write("model.gguf", bytes))),
            new("huggingface-weights", theirWeights, bytes => ImportFolder("model.safetensors", bytes), typeof(InvalidDataException))
            {
                Repair = RepairLength,
            },
            new(
                "huggingface-index", [MakeIndex()], ImportShards, typeof(InvalidDataException), typeof(FileNotFoundException)),
            new("course-weights", safetensors[..1], ImportWeights, typeof(InvalidDataException)) { Repair = RepairLength },
            new("torchsharp", [TorchSharpModuleTests.Of(Config)], ImportModule, typeof(InvalidDataException)),
        ];
    }

    private static byte[][] Tasks =>
    [
        [.. """{"query": "The sky is", "choices": ["blue", "green"], "gold": 1}"""u8, (byte)'\n',
            .. """{"ctx": "He", "endings": ["stands.", "melts."], "label": "1"}"""u8],
        [.. """{"question": "What is ice?", "choices": {"text": ["fire", "water"], "label": ["A", "B"]}, "answerKey": "B"}"""u8],
        [.. """{"text": "The mouse ran \u00e9 \ud83d\ude42 cat"}"""u8, (byte)'\n',
            .. """{"context": "Two and two are", "target": "four"}"""u8],
    ];

    public static TheoryData<string> Targets => ["config", "safetensors", "mapped", "task", "model-config", "model-weights",
        "gguf", "inspected-huggingface", "inspected-config", "inspected-gguf", "huggingface-config", "huggingface-weights",
        "huggingface-index", "course-weights", "torchsharp"];

    public static TheoryData<string> Findings => FuzzRun.Findings(Project);

    public void Dispose()
    {
        _folder.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public Task Damaged_files_are_read_or_refused_as_documented(string target) => FuzzRun.Of(_targets.Single(item => item.Name == target));

    [Theory]
    [MemberData(nameof(Findings))]
    public void What_was_found_stays_mended(string finding) => FuzzRun.Repeat(Project, finding, _targets);

    private static void ReadStreams(byte[] bytes)
    {
        foreach (Stream stream in (Stream[])[new MemoryStream(bytes), new Pipe(bytes)])
        {
            SafetensorsReader reader = new(stream, "the file");
            byte[] buffer = new byte[1000];
            while (reader.MoveNext() is SafetensorsEntry tensor)
                reader.Read(buffer.AsSpan(0, (int)Math.Min(tensor.ByteLength, buffer.Length)));
        }
    }

    private void ReadMapped(byte[] bytes)
    {
        using MappedSafetensors file = new(Write("model.safetensors", bytes));
        foreach (SafetensorsEntry tensor in file.Tensors) _ = file.BytesOf(tensor.Name).ToArray();
    }

    private static void RunModel(string config, string weights)
    {
        using CpuLanguageModel model = CpuLanguageModel.Load(config, weights, new CpuModelOptions { ThreadCount = 1 });
        if (model.ContextLength > 1000) return; // such a cache would be what was asked for
        using IKvCache cache = model.CreateCache();
        model.Forward(cache, new[] { 0 }, new float[model.VocabSize]);
    }

    private static void ReadGguf(string path)
    {
        using GgufFile file = new(path);
        foreach (GgufEntry tensor in file.Tensors) file.Read(tensor.Name, 0, new byte[Math.Min(tensor.ByteLength, 1000)]);
        try
        {
            new BpeTokenizer(GgufTokenizer.Read(file)).Encode("the text");
        }
        catch (InvalidDataException)
        {
            // The model may be sound nevertheless.
        }
        if (file.Keys.GetValueOrDefault("llama.context_length") is not (uint and <= 1000)) return;
        float[] read = FirstLogits(path, mapped: false), mapped = FirstLogits(path, mapped: true);
        Assert.Equal(read, mapped); // the same bytes, whichever way they come into memory
    }

    private static float[] FirstLogits(string path, bool mapped)
    {
        using CpuLanguageModel model = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1, MapWeights = mapped });
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[model.VocabSize];
        model.Forward(cache, new[] { 0 }, logits);
        return logits;
    }

    private byte[] Gguf(GgufType type) => File.ReadAllBytes(GgufModels.Write(_scratch, _scratch.File("sample.gguf"), type));

    private byte[] SuperBlocks(GgufType type) => GgufModels.WriteSuperBlocks(_scratch.File("sample.gguf"), type);

    private void ImportFolder(string name, byte[] bytes)
    {
        string folder = PutBeside(_huggingFace, name, bytes);
        Import(output => HuggingFaceFolder.Import(folder, output));
    }

    private static void Inspect(string path)
    {
        ModelInspection found = ModelInspection.Of(path);
        Assert.False(found.Refusal is null && found.Config is null);
        _ = (found.Parameters, found.WeightBytes, found.CacheBytes);
    }

    /// <summary>A folder in which one of the two files of a model is another.</summary>
    private string PutBeside(string model, string name, byte[] bytes)
    {
        string other = name == "config.json" ? "model.safetensors" : "config.json", folder = _scratch.File("damaged");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(model, other), Path.Combine(folder, other), overwrite: true);
        File.WriteAllBytes(Path.Combine(folder, name), bytes);
        return folder;
    }

    private void ImportShards(byte[] index)
    {
        string folder = _scratch.File("shards");
        Directory.CreateDirectory(folder);
        File.Copy(Path.Combine(_huggingFace, "config.json"), Path.Combine(folder, "config.json"), overwrite: true);
        File.Copy(Path.Combine(_huggingFace, "model.safetensors"), Path.Combine(folder, "1.safetensors"), overwrite: true);
        File.WriteAllBytes(Path.Combine(folder, "model.safetensors.index.json"), index);
        Import(output => HuggingFaceFolder.Import(folder, output));
    }

    private byte[] MakeIndex()
    {
        using SafetensorsFile file = new(Path.Combine(_huggingFace, "model.safetensors"));
        string map = string.Join(", ", file.Tensors.Select(tensor => $"\"{tensor.Name}\": \"1.safetensors\""));
        return System.Text.Encoding.UTF8.GetBytes($$"""{"metadata": {"total_size": 12345}, "weight_map": { {{map}} } }""");
    }

    private void ImportModule(byte[] bytes) => ImportFile(Write("theirs.dat", bytes));

    private void ImportWeights(byte[] bytes) => ImportFile(Write("theirs.safetensors", bytes));

    private void ImportFile(string path)
    {
        TransformerConfig config = CourseWeights.FindShape(path, Config.NumHeads, Config.ContextLength);
        Import(output => CourseWeights.Import(config, path, output));
    }

    /// <summary>Imports a model, and runs what was written.</summary>
    private void Import(Action<string> import)
    {
        string output = _scratch.File("imported");
        if (Directory.Exists(output)) Directory.Delete(output, recursive: true);
        import(output);
        RunModel(Path.Combine(output, "config.json"), Path.Combine(output, "model.safetensors"));
    }

    private static byte[] RepairLength(byte[] bytes)
    {
        int end = bytes.AsSpan().LastIndexOf("]}}"u8) + 3;
        while (end < bytes.Length && bytes[end] == ' ') end++;
        if (bytes.Length >= sizeof(ulong) && end > sizeof(ulong)) BinaryPrimitives.WriteInt64LittleEndian(bytes, end - sizeof(ulong));
        return bytes;
    }

    private static byte[] SmallFile()
    {
        using MemoryStream stream = new();
        SafetensorsWriter.Write(stream, [
            new("x", SafetensorsType.I8, [3]), new("scalar", SafetensorsType.I64, []), new("empty", SafetensorsType.F16, [2, 0])],
            (entry, destination) => destination.Write(new byte[entry.ByteLength]));
        return stream.ToArray();
    }

    private byte[] Saved(CpuPrecision precision)
    {
        using CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = precision, ThreadCount = 1 });
        model.Save(_scratch.Path);
        return File.ReadAllBytes(_scratch.File("model.safetensors"));
    }

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(_scratch.File(name), bytes);
        return _scratch.File(name);
    }

    /// <summary>A stream whose length nobody knows.</summary>
    private sealed class Pipe(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
