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
    [InlineData(GgufType.Q8_0, null, CpuPrecision.Q8_0, 0.05)]
    [InlineData(GgufType.Q4_0, null, CpuPrecision.Q4_0, 0.6)]
    [InlineData(GgufType.Q8_0, CpuPrecision.Float32, CpuPrecision.Float32, 0.05)]
    [InlineData(GgufType.Q4_0, CpuPrecision.Float32, CpuPrecision.Float32, 0.6)]
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

    [Theory]
    [InlineData(GgufType.F32)]
    [InlineData(GgufType.F16)]
    [InlineData(GgufType.BF16)]
    [InlineData(GgufType.Q8_0)]
    [InlineData(GgufType.Q4_0)]
    public void A_mapped_file_gives_the_same_bits_and_may_be_replaced(GgufType type)
    {
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), type);
        using CpuLanguageModel read = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        using CpuLanguageModel mapped = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 2, MapWeights = true });
        Assert.Equal(read.Precision, mapped.Precision);
        float[] expected = Logits(read);
        Assert.Equal(expected, Logits(mapped));
        File.Delete(path);
        Assert.Equal(expected, Logits(mapped));
    }

    /// <summary>Rows that blocks do not fill are in half precision, whichever of the matrices have them.</summary>
    [Theory]
    [InlineData(GgufType.Q8_0, 32, 40, CpuPrecision.Q8_0)]
    [InlineData(GgufType.Q4_0, 32, 16, CpuPrecision.Q4_0)]
    [InlineData(GgufType.Q8_0, 40, 64, CpuPrecision.Float32)]
    [InlineData(GgufType.Q4_0, 16, 8, CpuPrecision.Float32)]
    public void What_blocks_do_not_fill_is_in_half_precision(GgufType type, int width, int inner, CpuPrecision held)
    {
        using TemporaryFolder folder = new();
        TransformerConfig config = GgufModels.Config with { DModel = width, DFf = inner };
        string path = GgufModels.Write(folder, folder.File("a.gguf"), type, config);
        using (GgufFile file = new(path))
        {
            Assert.Equal(GgufExport.FindTensors(config, type).Select(tensor => $"{tensor}"), file.Tensors.Select(tensor => $"{tensor}"));
            foreach (GgufEntry tensor in file.Tensors.Where(tensor => tensor.Shape.Count > 1))
                Assert.Equal(tensor.Name.Contains("ffn_down") ? inner % 32 != 0 : width % 32 != 0, tensor.Type == GgufType.F16);
        }
        using CpuLanguageModel original = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { ThreadCount = 1 });
        using CpuLanguageModel loaded = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        using CpuLanguageModel mapped = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 2, MapWeights = true });
        Assert.Equal(held, loaded.Precision);
        (float[] expected, float[] actual) = (Logits(original), Logits(loaded));
        Assert.Equal(actual, Logits(mapped));
        double difference = expected.Zip(actual, (a, b) => Math.Pow(a - b, 2)).Sum(), square = expected.Sum(value => Math.Pow(value, 2));
        Assert.InRange(Math.Sqrt(difference / square), 1e-6, type == GgufType.Q8_0 ? 0.05 : 0.6);

        Assert.Equal(config, GgufImport.Import(path, folder.File("model")));
        CpuModelOptions wide = new() { ThreadCount = 1, Precision = CpuPrecision.Float32 };
        using CpuLanguageModel direct = CpuLanguageModel.Load(path, wide), imported = CpuLanguageModel.Load(folder.File("model"), wide);
        Assert.Equal(Logits(direct), Logits(imported));
    }

    /// <summary>With every kind of kernel: a prompt, groups of its tokens and single ones, and any number of threads.</summary>
    [Theory]
    [InlineData(GgufType.Q8_0, 288)]
    [InlineData(GgufType.Q4_0, 288)]
    [InlineData(GgufType.Q4_0, 260)]
    public void Blocks_give_the_same_bits_however_tokens_come(GgufType type, int inner)
    {
        using TemporaryFolder folder = new();
        TransformerConfig config = GgufModels.Config with { DModel = 96, NumHeads = 6, DFf = inner };
        string path = GgufModels.Write(folder, folder.File("a.gguf"), type, config);
        foreach (Kernels kernels in Kernels.Supported)
        {
            float[] expected = [];
            foreach (int threads in (int[])[1, 2])
            {
                using CpuLanguageModel model = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = threads }, kernels);
                int[] tokens = RandomModel.Tokens(36, model.VocabSize);
                using IKvCache whole = model.CreateCache(), parts = model.CreateCache();
                float[] each = new float[tokens.Length * model.VocabSize], logits = new float[model.VocabSize];
                model.ForwardEach(whole, tokens, each);
                foreach (int count in (int[])[1, 5, 1, 2, 3, 20, 4])
                {
                    model.Forward(parts, tokens.AsMemory(parts.Length, count), logits);
                    Assert.Equal(each[((parts.Length - 1) * model.VocabSize)..(parts.Length * model.VocabSize)], logits);
                }
                if (expected.Length > 0) Assert.Equal(expected, each);
                expected = each;
            }
        }
    }

    [Fact]
    public void Blocks_are_nothing_to_convert_to_and_nothing_to_save()
    {
        using TemporaryFolder folder = new();
        string path = GgufModels.Write(folder, folder.File("a.gguf"), GgufType.Q4_0);
        Assert.Contains("precision is Q8_0, which nothing is converted to", Assert.Throws<ArgumentException>(
            () => CpuLanguageModel.Load(path, new CpuModelOptions { Precision = CpuPrecision.Q8_0 })).Message, StringComparison.Ordinal);
        using CpuLanguageModel model = CpuLanguageModel.Load(path);
        Assert.Contains("copy the GGUF file", Assert.Throws<NotSupportedException>(() => model.Save(folder.File("saved"))).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("saved/model.safetensors")));
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
