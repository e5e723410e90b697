using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class TransformerWeightsTests
{
    private static readonly TransformerConfig Config =
        new() { VocabSize = 20, ContextLength = 8, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 16 };

    [Fact]
    public void A_saved_model_is_loaded_bit_for_bit()
    {
        using TransformerLM model = new(Config with { InitSeed = 1 }), other = new(Config with { InitSeed = 2 });
        MemoryStream stream = new();
        TransformerWeights.Save(model, stream);
        stream.Position = 0;
        TransformerWeights.Load(other, stream, "weights");
        Assert.Equal(Values(model), Values(other));
    }

    [Fact]
    public void A_model_is_made_from_its_two_files()
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config with { InitSeed = 1 });
        string config = folder.Write("config.json", Config.ToJson()), weights = folder.File("model.safetensors");
        TransformerWeights.Save(model, weights);
        using TransformerLM loaded = TransformerWeights.LoadModel(config, weights);
        Assert.Equal(Config, loaded.Config);
        Assert.Equal(Values(model), Values(loaded));
    }

    [Fact]
    public void What_TorchSharp_saves_of_a_module_is_imported()
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config with { InitSeed = 1, NumKvHeads = 1 });
        model.save(folder.File("model.dat"));
        TransformerConfig found = CourseWeights.FindShape(folder.File("model.dat"), Config.NumHeads, Config.ContextLength);
        Assert.Equal(Config with { NumKvHeads = 1 }, found);
        CourseWeights.Import(found, folder.File("model.dat"), folder.File("imported"));
        using TransformerLM loaded = TransformerWeights.LoadModel(
            folder.File("imported/config.json"), folder.File("imported/model.safetensors"));
        Assert.Equal(Values(model), Values(loaded));
        Assert.Equal(ModelFormat.TorchSharp, ModelInspection.FormatOf(folder.File("model.dat")));
        Assert.Null(ModelInspection.Of(folder.File("model.dat")).Refusal);
    }

    /// <summary>Other types by TorchSharp's own writing of a tensor.</summary>
    [Fact]
    public void A_module_in_half_precision_is_imported_as_it_is()
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config with { InitSeed = 1 });
        using (BinaryWriter writer = new(File.Create(folder.File("model.dat"))))
        {
            Dictionary<string, Tensor> tensors = model.state_dict();
            writer.Write((byte)tensors.Count);
            foreach ((string name, Tensor tensor) in tensors)
            {
                writer.Write(name);
                using Tensor half = tensor.to(ScalarType.BFloat16);
                half.Save(writer);
            }
        }
        CourseWeights.Import(Config, folder.File("model.dat"), folder.File("imported"));
        using TransformerLM loaded = TransformerWeights.LoadModel(
            folder.File("imported/config.json"), folder.File("imported/model.safetensors"));
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(model.parameters().SelectMany(parameter =>
            parameter.to(ScalarType.BFloat16).to(ScalarType.Float32).data<float>().ToArray()), Values(loaded));
    }

    [Theory]
    [InlineData("num_layers", 1_000_000, "layers.1.ln1.weight is missing; ")]
    [InlineData("num_layers", int.MaxValue, "; and 19327352794 more.")]
    [InlineData("vocab_size", 20_000_000, "token_embeddings.weight has shape (20, 8), expected (20000000, 8)")]
    public void A_size_that_the_file_does_not_bear_out_is_refused_before_a_model_is_made(string name, int value, string problem)
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config);
        string config = folder.Write(
            "config.json", (name == "num_layers" ? Config with { NumLayers = value } : Config with { VocabSize = value }).ToJson()),
            weights = folder.File("model.safetensors");
        TransformerWeights.Save(model, weights);
        long allocated = Allocations.FewestOf(
            () => Assert.Contains(
            problem, Assert.Throws<InvalidDataException>(() => TransformerWeights.LoadModel(config, weights)).Message));
        Assert.InRange(allocated, 0, 1_000_000);
    }

    [Fact]
    public void A_context_that_no_table_could_hold_costs_nothing_before_it_is_used()
    {
        using TransformerLM model = new(Config with { ContextLength = int.MaxValue }), small = new(Config);
        using DisposeScope scope = NewDisposeScope();
        Tensor ids = tensor(new long[] { 1, 2, 3 }).unsqueeze(0);
        Assert.True(small.forward(ids).equal(model.forward(ids)).all().item<bool>());
    }

    [Fact]
    public void A_file_is_replaced_when_the_new_one_is_whole()
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config with { InitSeed = 1 }), other = new(Config with { InitSeed = 2 }), loaded = new(
            Config with { InitSeed = 3 });
        string path = folder.File("new/model.safetensors");
        TransformerWeights.Save(model, path);
        using FileStream reader = new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        TransformerWeights.Save(other, path);
        TransformerWeights.Load(loaded, reader, path); // whoever had opened the file before goes on to read that
        Assert.Equal(Values(model), Values(loaded));
        TransformerWeights.Load(loaded, path);
        Assert.Equal(Values(other), Values(loaded));
        Assert.Equal([path], Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    [Fact]
    public void A_file_that_does_not_exist_or_is_damaged_is_refused_by_its_name()
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config with { InitSeed = 1 });
        float[] before = Values(model);
        string path = folder.File("model.safetensors");
        Assert.Contains(path, Assert.Throws<FileNotFoundException>(() => TransformerWeights.Load(model, path)).Message);
        TransformerWeights.Save(model, path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        string message = Assert.Throws<InvalidDataException>(() => TransformerWeights.Load(model, path)).Message;
        Assert.StartsWith(path, message);
        Assert.Contains("truncated", message);
        Assert.Equal(before, Values(model));
    }

    [Fact]
    public void Every_difference_is_listed_and_the_model_left_as_it_was()
    {
        using TransformerLM model = new(Config with { InitSeed = 1 }), other = new(Config with { DFf = 12, NumLayers = 2, InitSeed = 2 });
        float[] before = Values(model);
        MemoryStream stream = new();
        TransformerWeights.Save(other, stream);
        stream.Position = 0;
        string message = Assert.Throws<InvalidDataException>(() => TransformerWeights.Load(model, stream, "weights.safetensors")).Message;
        Assert.StartsWith("weights.safetensors does not fit: ", message);
        Assert.Contains("layers.0.ffn.w1.weight has shape (12, 8), expected (16, 8)", message);
        Assert.Contains("layers.0.ffn.w2.weight has shape (8, 12), expected (8, 16)", message);
        Assert.Contains("layers.1.ln1.weight is unknown", message);
        Assert.Equal(before, Values(model));
        stream.Position = 0;
        Assert.Contains("layers.1.ln1.weight is missing", Assert.Throws<InvalidDataException>(() =>
        {
            MemoryStream small = new();
            TransformerWeights.Save(model, small);
            small.Position = 0;
            TransformerWeights.Load(other, small, "small");
        }).Message);
    }

    [Theory]
    [InlineData(SafetensorsType.F16)]
    [InlineData(SafetensorsType.BF16)]
    public void Half_precision_files_are_widened(SafetensorsType type)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor target = zeros(3);
        Tensor source = tensor(new float[] { 1.5f, -2, 0.25f }).to_type(type == SafetensorsType.F16 ? float16 : bfloat16);
        MemoryStream stream = new();
        SafetensorsWriter.Write(stream, [new SafetensorsEntry("x", type, [3])], (_, destination) => destination.Write(source.bytes));
        stream.Position = 0;
        NamedTensors.Load(new Dictionary<string, Tensor> { ["x"] = target }, stream, "half");
        Assert.Equal([1.5f, -2, 0.25f], target.data<float>().ToArray());
    }

    [Fact]
    public void Half_precision_tensors_are_saved_as_they_are()
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (ScalarType type in (ScalarType[])[ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64])
        {
            Tensor source = tensor(new float[] { 1, -2, 300 }).to_type(type), target = zeros(3, dtype: type);
            MemoryStream stream = new();
            NamedTensors.Save(new Dictionary<string, Tensor> { ["x"] = source }, stream);
            stream.Position = 0;
            NamedTensors.Load(new Dictionary<string, Tensor> { ["x"] = target }, stream, "half");
            Assert.True(source.equal(target).all().item<bool>());
        }
    }

    [Fact]
    public void A_quantised_file_is_refused_with_what_can_run_it()
    {
        using DisposeScope scope = NewDisposeScope();
        MemoryStream stream = new();
        SafetensorsWriter.Write(
            stream, [new SafetensorsEntry("x", SafetensorsType.I8, [3])], (_, destination) => destination.Write([1, 2, 3]));
        stream.Position = 0;
        Assert.Contains("x is quantised to I8, which only CpuLanguageModel runs",
            Assert.Throws<InvalidDataException>(
                () => NamedTensors.Load(new Dictionary<string, Tensor> { ["x"] = zeros(3) }, stream, "small")).Message);
    }

    [Fact]
    public void A_tensor_that_the_format_cannot_hold_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor> tensors = new() { ["x"] = zeros(2, dtype: complex64) };
        Assert.Contains(
            "'x' has element type ComplexFloat32",
            Assert.Throws<ArgumentException>(() => NamedTensors.Save(tensors, new MemoryStream())).Message);
    }

    private static float[] Values(TransformerLM model) =>
        [.. model.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];
}
