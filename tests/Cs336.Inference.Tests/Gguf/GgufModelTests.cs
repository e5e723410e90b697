using System.Text;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

/// <summary>Exported models, loaded again.</summary>
public sealed class GgufModelTests
{
    public static TheoryData<string> Shapes => ["grouped keys", "base", "tied embeddings"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_model_in_float32_comes_back_to_the_bit(string shape)
    {
        TransformerConfig config = (shape == "grouped keys" ? GgufModels.Config : RandomModel.Configs[shape]) with { VocabSize = 262 };
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), GgufType.F32, config);
        using CpuLanguageModel original = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { ThreadCount = 1 });
        using CpuLanguageModel loaded = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        Assert.Equal(config, loaded.Config);
        Assert.Equal(CpuPrecision.Float32, loaded.Precision);
        Assert.Equal(Logits(original), Logits(loaded));
    }

    [Theory]
    [InlineData(GgufType.F16, null, CpuPrecision.Float32, 0.01)]
    [InlineData(GgufType.BF16, null, CpuPrecision.BFloat16, 0.05)]
    [InlineData(GgufType.Q8_0, null, CpuPrecision.Float32, 0.05)]
    [InlineData(GgufType.Q4_0, null, CpuPrecision.Float32, 0.6)]
    [InlineData(GgufType.Q8_0, CpuPrecision.Int8, CpuPrecision.Int8, 0.1)]
    [InlineData(GgufType.F32, CpuPrecision.BFloat16, CpuPrecision.BFloat16, 0.05)]
    public void Every_type_is_converted_as_the_options_say(GgufType type, CpuPrecision? asked, CpuPrecision held, double distance)
    {
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), type);
        using CpuLanguageModel original = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { ThreadCount = 1 });
        using CpuLanguageModel loaded = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1, Precision = asked });
        Assert.Equal(held, loaded.Precision);
        (float[] expected, float[] actual) = (Logits(original), Logits(loaded));
        double difference = expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum(), square = expected.Sum(value => Math.Pow(value, 2));
        Assert.InRange(Math.Sqrt(difference / square), distance / 1000, distance);
    }

    [Fact]
    public void Weights_of_such_a_file_cannot_be_mapped()
    {
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), GgufType.F32);
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => CpuLanguageModel.Load(path, new CpuModelOptions { MapWeights = true }));
        Assert.Contains("map_weights", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GgufType.F32)]
    [InlineData(GgufType.F16)]
    [InlineData(GgufType.BF16)]
    [InlineData(GgufType.Q8_0)]
    [InlineData(GgufType.Q4_0)]
    public void A_file_becomes_a_folder_of_the_same_numbers(GgufType type)
    {
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), type);
        Assert.Equal(GgufModels.Config, GgufImport.Import(path, folder.File("model"), GgufTokenizer.Load(path)));
        if (type == GgufType.F32)
            Assert.Equal(File.ReadAllBytes(folder.File("model.safetensors")), File.ReadAllBytes(folder.File("model/model.safetensors")));
        CpuModelOptions wide = new() { ThreadCount = 1, Precision = CpuPrecision.Float32 };
        using CpuLanguageModel direct = CpuLanguageModel.Load(path, wide), imported = CpuLanguageModel.Load(folder.File("model"), wide);
        Assert.Equal(Logits(direct), Logits(imported));
        Assert.Equal(GgufTokenizer.Load(path).Merges, BpeModel.Load(folder.File("model")).Merges);
        Assert.Throws<IOException>(() => GgufImport.Import(path, folder.File("model")));
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("cl100k")]
    [InlineData("qwen2")]
    [InlineData("o200k")]
    [InlineData("tekken")]
    public void The_tokenizer_comes_back(string pattern)
    {
        using TemporaryFolder folder = RandomModel.Write(GgufModels.Config);
        BpeModel original = GgufModels.Tokenizer(PreTokenizers.Get(pattern));
        GgufExport.Write(folder.Path, original, folder.File("a.gguf"));
        BpeModel loaded = GgufTokenizer.Load(folder.File("a.gguf"));
        Assert.Equal(original.PreTokenizer.Pattern, loaded.PreTokenizer.Pattern);
        Assert.Equal(original.SpecialTokens, loaded.SpecialTokens);
        Assert.Equal(original.Merges, loaded.Merges);
        Assert.Equal(GgufModels.Config.VocabSize, loaded.VocabSize);
        const string Text = "then the<|endoftext|> caf\u00E9 12345's\n";
        int[] ids = new BpeTokenizer(loaded).Encode(Text, SpecialTokenHandling.Allow);
        Assert.Equal(new BpeTokenizer(original).Encode(Text, SpecialTokenHandling.Allow), ids);
        Assert.Equal(Text, Encoding.UTF8.GetString([.. ids.SelectMany(id => loaded.GetTokenBytes(id).ToArray())]));
    }

    private static float[] Logits(CpuLanguageModel model)
    {
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[model.VocabSize];
        model.Forward(cache, RandomModel.Tokens(30, model.VocabSize), logits);
        return logits;
    }
}
