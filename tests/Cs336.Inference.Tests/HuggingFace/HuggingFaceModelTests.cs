namespace Cs336.Inference.Tests;

/// <summary>Folders of transformers, run as they are.</summary>
public sealed class HuggingFaceModelTests
{
    [Theory]
    [InlineData("base")]
    [InlineData("grouped keys")]
    [InlineData("tied embeddings")]
    public void A_folder_computes_what_the_model_does_that_it_was_written_from(string name)
    {
        TransformerConfig config = RandomModel.Configs[name];
        using TemporaryFolder folder = RandomModel.Write(config);
        foreach (SafetensorsType type in (SafetensorsType[])[SafetensorsType.F32, SafetensorsType.BF16, SafetensorsType.F16])
        {
            HuggingFaceFolder.Export(config, folder.File("model.safetensors"), folder.File($"{type}"), options: new() { Type = type });
            HuggingFaceFolder.Import(folder.File($"{type}"), folder.File($"{type}-back"));
            using CpuLanguageModel loaded = Load(folder.File($"{type}")), imported = Load(folder.File($"{type}-back"));
            Assert.Equal(config, loaded.Config);
            Assert.Equal(type == SafetensorsType.BF16 ? CpuPrecision.BFloat16 : CpuPrecision.Float32, loaded.Precision);
            Assert.Equal(Logits(imported), Logits(loaded));
            using CpuLanguageModel original = Load(folder.Path);
            if (type == SafetensorsType.F32) Assert.Equal(Logits(original), Logits(loaded));
            using CpuLanguageModel narrow = Load(folder.File($"{type}"), new CpuModelOptions { Precision = CpuPrecision.Int8 });
            Assert.Equal(CpuPrecision.Int8, narrow.Precision);
        }
    }

    [Fact]
    public void What_cannot_be_done_is_told()
    {
        TransformerConfig config = RandomModel.Configs["base"];
        using TemporaryFolder folder = RandomModel.Write(config);
        HuggingFaceFolder.Export(config, folder.File("model.safetensors"), folder.File("hf"));
        Assert.Contains("map_weights is true", Assert.Throws<ArgumentException>(
            () => Load(folder.File("hf"), new CpuModelOptions { MapWeights = true })).Message, StringComparison.Ordinal);
        File.Delete(folder.File("hf/model.safetensors"));
        Assert.Throws<FileNotFoundException>(() => Load(folder.File("hf")));
        folder.Write("hf/config.json", """{"model_type": "gpt2"}""");
        Assert.Contains("model_type is \"gpt2\"", Assert.Throws<InvalidDataException>(() => Load(folder.File("hf"))).Message,
            StringComparison.Ordinal);
    }

    private static CpuLanguageModel Load(string path, CpuModelOptions? options = null) =>
        CpuLanguageModel.Load(path, (options ?? new CpuModelOptions()) with { ThreadCount = 1 });

    private static float[] Logits(CpuLanguageModel model)
    {
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[model.VocabSize];
        model.Forward(cache, RandomModel.Tokens(20, model.VocabSize), logits);
        return logits;
    }
}
