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
    private readonly FuzzTarget[] _targets;

    public FileFuzzTests()
    {
        byte[] weights = File.ReadAllBytes(_folder.File("model.safetensors"));
        byte[][] safetensors = [weights, SmallFile(), Saved(CpuPrecision.Int8), Saved(CpuPrecision.BFloat16)];
        byte[][] configs = [.. RandomModel.Configs.Values.Select(config => System.Text.Encoding.UTF8.GetBytes(config.ToJson()))];
        _targets =
        [
            new("config", configs, bytes => TransformerConfig.Load(Write("config.json", bytes)), typeof(InvalidDataException)),
            new("safetensors", safetensors, ReadStreams, typeof(InvalidDataException)) { Repair = RepairLength },
            new("mapped", safetensors, ReadMapped, typeof(InvalidDataException)) { Repair = RepairLength },
            new(
                "model-config", [configs[0]], bytes => RunModel(Write("config.json", bytes), _folder.File("model.safetensors")),
                typeof(InvalidDataException)),
            new(
                "model-weights", [safetensors[0], .. safetensors[2..]],
                bytes => RunModel(_folder.File("config.json"), Write("model.safetensors", bytes)),
                typeof(InvalidDataException)) { Repair = RepairLength },
            new(
                "gguf", [Gguf(GgufType.F32), Gguf(GgufType.BF16), Gguf(GgufType.Q8_0), Gguf(GgufType.Q4_0)],
                bytes => ReadGguf(Write("model.gguf", bytes)), typeof(InvalidDataException)),
        ];
    }

    public static TheoryData<string> Targets => ["config", "safetensors", "mapped", "model-config", "model-weights", "gguf"];

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
        using CpuLanguageModel model = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        using IKvCache cache = model.CreateCache();
        model.Forward(cache, new[] { 0 }, new float[model.VocabSize]);
    }

    private byte[] Gguf(GgufType type) => File.ReadAllBytes(GgufModels.Write(_scratch, _scratch.File("sample.gguf"), type));

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
