using Cs336.Testing;

namespace Cs336.Inference.Tests;

/// <summary>A model's files that are written to while it runs, and numbers in them that no model has.</summary>
public sealed class CpuModelFilesTests : IDisposable
{
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];
    private readonly TemporaryFolder _folder = RandomModel.Write(Config);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4097)]
    public void A_file_that_is_shortened_and_written_to_in_place_changes_nothing_of_a_model_that_is_loaded(int length)
    {
        foreach (CpuPrecision? precision in (CpuPrecision?[])[null, CpuPrecision.Float32, CpuPrecision.BFloat16, CpuPrecision.Int8])
        {
            RandomModel.WriteWeights(_folder.File("model.safetensors"), TransformerTensors.Of(Config));
            using CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = precision });
            float[] before = Logits(model);
            using (FileStream file = File.OpenWrite(_folder.File("model.safetensors")))
            {
                file.Write(new byte[1000]);
                file.SetLength(length);
            }
            Assert.Equal(before, Logits(model));
            model.Save(_folder.File("saved"));
            using CpuLanguageModel saved = CpuLanguageModel.Load(_folder.File("saved"));
            Assert.Equal(before, Logits(saved));
        }
    }

    [Fact]
    public unsafe void A_file_that_is_shortened_while_it_is_read_is_named()
    {
        string path = _folder.File("model.safetensors");
        using SafetensorsFile file = new(path);
        using (FileStream writer = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(writer.Length - 1);
        byte[] buffer = new byte[file.Find("lm_head.weight")!.ByteLength];
        string message = Assert.Throws<InvalidDataException>(() =>
        {
            fixed (byte* pointer = buffer) file.Read("lm_head.weight", pointer);
        }).Message;
        Assert.Equal(
            $"{path} ends within tensor lm_head.weight F32 (50, 24): it has become shorter since it was opened. "
            + "Write weights beside the old ones and rename them.",
            message);
    }

    [Fact]
    public void Mapped_weights_give_the_same_bits()
    {
        foreach (CpuPrecision precision in WeightConversion.Targets)
        {
            using CpuLanguageModel read = CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { Precision = precision });
            using CpuLanguageModel mapped = CpuLanguageModel.Load(
                _folder.Path, new CpuModelOptions { Precision = precision, MapWeights = true });
            Assert.Equal(Logits(read), Logits(mapped));
            mapped.Save(_folder.File("saved"));
            using CpuLanguageModel saved = CpuLanguageModel.Load(_folder.File("saved"), new CpuModelOptions { MapWeights = true });
            Assert.Equal(Logits(read), Logits(saved));
        }
    }

    [Theory]
    [InlineData("num_layers", 1_000_000)]
    [InlineData("num_layers", int.MaxValue)]
    [InlineData("vocab_size", 20_000_000)]
    [InlineData("vocab_size", int.MaxValue)]
    [InlineData("d_ff", int.MaxValue)]
    [InlineData("d_model", 2_147_483_640)]
    [InlineData("context_length", int.MaxValue)]
    public void A_size_that_the_file_does_not_bear_out_is_refused_with_little_work(string name, int value)
    {
        _folder.Write("config.json", Absurd(name, value).ToJson());
        string message = "";
        long allocated = Allocations.FewestOf(
            () => message = Assert.Throws<InvalidDataException>(() => CpuLanguageModel.Load(_folder.Path)).Message);
        Assert.InRange(message.Length, 1, 4000);
        Assert.Contains(name is "context_length" ? "context_length 2147483647: the keys of one sequence take up to" : name switch
        {
            "num_layers" => $"layers.2.ln1.weight is missing; layers.2.attn.q_proj.weight is missing; ",
            "vocab_size" => $"token_embeddings.weight has shape (50, 24), expected ({value}, 24); lm_head.weight has shape",
            "d_ff" => "layers.0.ffn.w1.weight has shape (40, 24), expected (2147483647, 24)",
            _ => "token_embeddings.weight has shape (50, 24), expected (50, 2147483640)",
        }, message);
        if (name == "num_layers")
            Assert.EndsWith($"; and {(9 * (value - 2L)) - 20} more. Does the file belong to this configuration?", message);
        Assert.InRange(allocated, 0, 2_000_000);
    }

    [Fact]
    public void Tables_grow_with_the_sequences_and_not_with_the_context_length_of_a_file()
    {
        int[] tokens = RandomModel.Tokens(75, Config.VocabSize);
        float[] expected, actual;
        using (CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path)) expected = Logits(model);
        _folder.Write("config.json", Absurd("context_length", 3000).ToJson());
        using (CpuLanguageModel model = CpuLanguageModel.Load(_folder.Path))
        {
            actual = Logits(model);
            // A token behind the first tables, which the pass before it did not need.
            using IKvCache cache = model.CreateCache(), atOnce = model.CreateCache();
            int[] many = RandomModel.Tokens(2500, Config.VocabSize);
            float[] stepped = new float[Config.VocabSize], whole = new float[Config.VocabSize];
            model.Forward(cache, many.AsMemory(0, 1024), stepped);
            model.Forward(cache, many.AsMemory(1024, 1), stepped);
            model.Forward(cache, many.AsMemory(1025), stepped);
            model.Forward(atOnce, many, whole);
            Assert.Equal(whole, stepped);
        }
        Assert.Equal(expected, actual);

        _folder.Write("config.json", Absurd("context_length", 10_000_000).ToJson());
        long allocated = Allocations.FewestOf(() => CpuLanguageModel.Load(_folder.Path, new CpuModelOptions { ThreadCount = 1 }).Dispose());
        Assert.InRange(allocated, 0, 2_000_000);
    }

    [Fact]
    public void No_more_than_twenty_problems_are_told_and_none_at_length()
    {
        RandomModel.WriteWeights(_folder.File("model.safetensors"), TransformerTensors.Of(Config)
            .Concat(Enumerable.Range(0, 1000).Select(i => ($"layers.0{i}.ln1.weight" + new string('x', 500), new long[] { 0 }))));
        string message = Assert.Throws<InvalidDataException>(() => CpuLanguageModel.Load(_folder.Path)).Message;
        Assert.Matches("layers.0[0-9]+.ln1.weightxxx", message);
        Assert.EndsWith("; and 980 more. Does the file belong to this configuration?", message);
        Assert.InRange(message.Length, 1, 20 * 310 + 500);
    }

    private static TransformerConfig Absurd(string name, int value) => name switch
    {
        "num_layers" => Config with { NumLayers = value },
        "vocab_size" => Config with { VocabSize = value },
        "d_ff" => Config with { DFf = value },
        "d_model" => Config with { DModel = value },
        _ => Config with { ContextLength = value },
    };

    private static float[] Logits(CpuLanguageModel model)
    {
        using IKvCache cache = model.CreateCache();
        int[] tokens = RandomModel.Tokens(75, Config.VocabSize);
        float[] logits = new float[tokens.Length * model.VocabSize];
        model.ForwardEach(cache, tokens, logits);
        return logits;
    }
}
