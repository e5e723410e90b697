using System.Text.Json;
using Gguf.Tests.Clients;
using WorldTokenizers.Tests.Texts;

namespace Gguf.Tests;

/// <summary>
/// Exported files in two libraries of npm: <c>node-llama-cpp</c>, a build of llama.cpp of its own, and <c>@huggingface/gguf</c>, a reader
/// that shares no code with it.
/// </summary>
public sealed class NodeClientTests(GenerationTests.Exported exported) : IClassFixture<GenerationTests.Exported>
{
    private const int Texts = 300, NewTokens = 24;

    /// <summary>
    /// Every key and tensor of the file is read as it was written, hostile texts get our ids, and each token that is appended is the
    /// likeliest here too, or as near to it as the roundings of both let it be.
    /// </summary>
    [ClientTheory]
    [InlineData(GgufType.F32, 1e-3)]
    [InlineData(GgufType.F16, 0.05)]
    [InlineData(GgufType.Q8_0, 0.5)]
    [InlineData(GgufType.Q4_0, 0.5)]
    public void Libraries_of_npm_read_every_type(GgufType type, float tie)
    {
        TestModel model = exported.Model;
        string path = model.Export(type, new GgufExportOptions { ChatTemplate = "{{ messages }}", Sampling = new() { TopK = 7 } });
        IReadOnlyList<string> all = HostileTexts.For([.. model.Tokenizer.SpecialTokens.Keys]);
        string[] texts = [.. Enumerable.Range(0, Texts).Select(i => WholeCharacters(all[i * all.Count / Texts]))];
        int[][] prompts = [model.Tokenizer.Encode("Once upon a time"), model.Tokenizer.Encode("The 37 caf\u00E9s, ")];

        NodeClient read = NodeClient.Read(path, texts, prompts, NewTokens);

        using GgufFile file = new(path);
        foreach ((string key, object value) in file.Keys) Assert.Equal(Spell(value), Spell(Convert(read.Keys[key], value)));
        Assert.Equal(file.Keys.Count, (int)read.Keys["kv_count"].GetDouble());
        Assert.Equal(
            file.Tensors.Select(tensor => $"{tensor.Name} {(int)tensor.Type} {string.Join(' ', tensor.Shape)}"),
            read.Tensors.Select(tensor => $"{tensor.Name} {tensor.Dtype} {string.Join(' ', tensor.Shape.Reverse())}"));

        for (int i = 0; i < texts.Length; i++)
        {
            Assert.Equal(model.Tokenizer.Encode(texts[i], SpecialTokenHandling.Ignore), read.Plain[i]);
            Assert.Equal(model.Tokenizer.Encode(texts[i], SpecialTokenHandling.Allow), read.Special[i]);
        }

        using CpuLanguageModel ours = CpuLanguageModel.Load(path, new CpuModelOptions { ThreadCount = 1 });
        float[] logits = new float[ours.VocabSize];
        for (int i = 0; i < prompts.Length; i++)
        {
            using IKvCache cache = ours.CreateCache();
            int[] tokens = prompts[i];
            Assert.Equal(NewTokens, read.Continued[i].Length);
            foreach (int next in read.Continued[i])
            {
                ours.Forward(cache, tokens, logits);
                Assert.InRange(logits.Max() - logits[next], 0, tie);
                tokens = [next];
            }
        }
    }

    /// <summary>What JSON can hold: half a pair of surrogates is no character.</summary>
    private static string WholeCharacters(string text) => JsonSerializer.Deserialize<string>(JsonSerializer.Serialize(text))!;

    private static object Convert(JsonElement read, object expected) => read.Deserialize(expected.GetType())!;

    private static string Spell(object value) => JsonSerializer.Serialize(value);
}
