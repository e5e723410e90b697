using System.Runtime.InteropServices;
using Cs336.Testing;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

public sealed class GgufExportTests
{
    [Fact]
    public void Everything_that_cannot_be_written_is_told_at_once_and_nothing_is_written()
    {
        TransformerConfig config = GgufModels.Config with
        {
            Norm = NormPlacement.Post, Position = PositionEncoding.None, FeedForward = FeedForwardKind.Silu, VocabSize = 258,
        };
        using TemporaryFolder folder = RandomModel.Write(config), output = new();
        BpeModel tokenizer = GgufModels.Tokenizer(new PatternPreTokenizer(@"\S+|\s+"));

        ArgumentException exception = Assert.Throws<ArgumentException>(() => GgufExport.Write(
            folder.Path, tokenizer, output.File("a.gguf"), new GgufExportOptions { Type = GgufType.Q4_0, EndToken = "</s>" }));

        foreach (string problem in (string[])[
            "norm is post", "position is none", "ffn is silu", @"the pattern \S+|\s+",
            "the tokenizer has 259 tokens, but the model's vocab_size is 258", "no special token </s>"])
            Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(output.Path));
    }

    [Theory]
    [InlineData(float.NaN, GgufType.F32, "holds NaN")]
    [InlineData(float.NegativeInfinity, GgufType.Q8_0, "holds -")]
    [InlineData(70_000f, GgufType.F16, "holds 70000, which is too large for F16")]
    [InlineData(-1e7f, GgufType.Q8_0, "holds -10000000, which is too large for Q8_0")]
    public void A_weight_that_the_type_cannot_hold_is_refused_and_the_file_before_stays(float weight, GgufType type, string message)
    {
        using TemporaryFolder folder = RandomModel.Write(GgufModels.Config);
        string output = folder.Write("a.gguf", "before");
        byte[] bytes = File.ReadAllBytes(folder.File("model.safetensors"));
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - sizeof(float)), weight);
        File.WriteAllBytes(folder.File("model.safetensors"), bytes);

        Exception exception = Assert.Throws<InvalidDataException>(
            () => GgufExport.Write(folder.Path, GgufModels.Tokenizer(), output, new GgufExportOptions { Type = type }));

        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
        Assert.Contains("lm_head.weight", exception.Message, StringComparison.Ordinal);
        Assert.Equal("before", File.ReadAllText(output));
    }

    [Fact]
    public void What_is_given_stands_in_the_keys()
    {
        using TemporaryFolder folder = RandomModel.Write(GgufModels.Config);
        GgufExport.Write(folder.Path, GgufModels.Tokenizer(), folder.File("a.gguf"), new GgufExportOptions
        {
            ChatTemplate = "{{ messages }}", Sampling = new GenerationOptions { Temperature = 0.5, TopK = 7, TopP = 0.25 },
        });
        using GgufFile file = new(folder.File("a.gguf"));
        Assert.Equal("a", file.Keys["general.name"]);
        Assert.Equal(1u, file.Keys["general.file_type"]);
        Assert.Equal("{{ messages }}", file.Keys["tokenizer.chat_template"]);
        Assert.Equal(0.5f, file.Keys["general.sampling.temp"]);
        Assert.Equal(7, file.Keys["general.sampling.top_k"]);
        Assert.Equal(0.25f, file.Keys["general.sampling.top_p"]);
        Assert.Equal(0u, file.Keys["tokenizer.ggml.eos_token_id"]);
        Assert.Equal(false, file.Keys["tokenizer.ggml.add_bos_token"]);
        string[] tokens = (string[])file.Keys["tokenizer.ggml.tokens"];
        Assert.Equal(["<|endoftext|>", "th", "the", "[PAD259]"], [tokens[0], .. tokens[257..260]]);
        int[] types = (int[])file.Keys["tokenizer.ggml.token_type"];
        Assert.Equal([3, 1, 1, 5], [types[0], .. types[257..260]]);
        Assert.Equal(["t h", "th e"], (string[])file.Keys["tokenizer.ggml.merges"]);
    }

    [Fact]
    public void Weights_in_8_bit_integers_are_written_as_what_they_are_worth()
    {
        using TemporaryFolder folder = RandomModel.Write(GgufModels.Config), saved = new();
        CpuModelOptions options = new() { Precision = CpuPrecision.Int8, ThreadCount = 1 };
        using (CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, options)) model.Save(saved.Path);
        GgufExport.Write(saved.Path, GgufModels.Tokenizer(), saved.File("a.gguf"), new GgufExportOptions { Type = GgufType.F32 });
        using GgufFile file = new(saved.File("a.gguf"));
        using MappedSafetensors weights = new(saved.File("model.safetensors"));
        ReadOnlySpan<sbyte> integers = MemoryMarshal.Cast<byte, sbyte>(weights.BytesOf("lm_head.weight"));
        ReadOnlySpan<float> scales = MemoryMarshal.Cast<byte, float>(weights.BytesOf("lm_head.weight_scale"));
        float[] values = new float[integers.Length];
        file.Read("output.weight", 0, MemoryMarshal.AsBytes(values.AsSpan()));
        for (int i = 0; i < values.Length; i++) Assert.Equal(integers[i] * scales[i / GgufModels.Config.DModel], values[i]);
    }
}
