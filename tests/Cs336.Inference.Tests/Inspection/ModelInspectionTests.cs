namespace Cs336.Inference.Tests;

public sealed class ModelInspectionTests : IDisposable
{
    private static readonly TransformerConfig Config = GgufModels.Config;
    private readonly TemporaryFolder _folder = RandomModel.Write(Config);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_format_is_known_and_tells_the_shape()
    {
        string weights = _folder.File("model.safetensors");
        HuggingFaceFolder.Export(Config, weights, _folder.File("hf"));
        GgufExport.Write(_folder.Path, GgufModels.Tokenizer(), _folder.File("a.gguf"), new GgufExportOptions { Type = GgufType.F32 });
        string checkpoint = _folder.File("run/checkpoints/step-00000010");
        Directory.CreateDirectory(checkpoint);
        File.Copy(weights, Path.Combine(checkpoint, "model.safetensors"));
        File.Copy(_folder.File("config.json"), Path.Combine(checkpoint, "config.json"));
        foreach ((string path, ModelFormat format, string source, string? architecture) in new[]
        {
            (_folder.Path, ModelFormat.Folder, _folder.Path, null),
            (_folder.File("run"), ModelFormat.Run, checkpoint, null),
            (_folder.File("hf"), ModelFormat.HuggingFace, _folder.File("hf"), "LlamaForCausalLM"),
            (_folder.File("a.gguf"), ModelFormat.Gguf, _folder.File("a.gguf"), (string?)"llama"),
        })
        {
            ModelInspection found = ModelInspection.Of(path);
            Assert.Equal((format, source, architecture), (found.Format, found.Source, found.Architecture));
            Assert.Equal(Config, found.Config);
            Assert.Null(found.Refusal);
            Assert.Equal((long)ParameterCount.Of(Config).Total, found.Parameters);
            Assert.Equal(found.Parameters * sizeof(float), found.WeightBytes);
            Assert.Equal(TransformerTensors.Of(Config).Count(), found.Tensors.Count);
            Assert.Equal(2L * 2 * 8 * 64 * 4 + 2L * 2 * 40 * 16 * 4, found.CacheBytes); // keys in blocks of 64, values filled up to 16
        }
        ModelInspection alone = ModelInspection.Of(weights);
        Assert.Equal((ModelFormat.Safetensors, null, null), (alone.Format, alone.Refusal, alone.Config));
        Assert.Null(alone.CacheBytes);
    }

    [Fact]
    public void Scales_of_integers_are_no_parameters()
    {
        using (CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = CpuPrecision.Int8 }))
            model.Save(_folder.File("int8"));
        Assert.Equal((long)ParameterCount.Of(Config).Total, ModelInspection.Of(_folder.File("int8")).Parameters);
    }

    [Fact]
    public void What_is_in_the_way_is_told_and_nothing_thrown()
    {
        Assert.Contains("is no model that is known", ModelInspection.Of(_folder.Write("a.txt", "a text")).Refusal);
        Assert.Contains("a pickle", ModelInspection.Of(_folder.Write("a.pt", "PK\u0003\u0004 and more")).Refusal);
        Assert.Contains("GGUF", ModelInspection.Of(_folder.Write("a.gguf", "GGUF and no more")).Refusal);
        Assert.Contains("a.safetensors", ModelInspection.Of(_folder.Write("a.safetensors", "\u0008\0\0\0\0\0\0\0{\"a\":1}")).Refusal);
        Directory.CreateDirectory(_folder.File("empty"));
        Assert.Contains("no model that is known", ModelInspection.Of(_folder.File("empty")).Refusal);
        Directory.CreateDirectory(_folder.File("begun/checkpoints"));
        Assert.Contains("There is no model in", ModelInspection.Of(_folder.File("begun")).Refusal);
        Directory.CreateDirectory(_folder.File("gone"));
        _folder.Write("gone/config.json", """{"model_type": "llama"}""");
        Assert.Contains("There are no weights", ModelInspection.Of(_folder.File("gone")).Refusal);
        _folder.Write("gone/config.json", """{"model_type": "llama", "architectures": ["\ud800"]}""");
        Assert.Contains("half a surrogate pair", ModelInspection.Of(_folder.File("gone")).Refusal);

        _folder.Write("config.json", (Config with { DFf = 96 }).ToJson());
        ModelInspection other = ModelInspection.Of(_folder.Path);
        Assert.Contains("layers.0.ffn.w1.weight has shape", other.Refusal);
        Assert.Equal(TransformerTensors.Of(Config).Count(), other.Tensors.Count);
        Assert.Null(other.Config);

        Assert.Throws<FileNotFoundException>(() => ModelInspection.Of(_folder.File("nowhere")));
    }
}
