using System.Runtime.InteropServices;
using Cs336.Inference;
using Cs336.Testing;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

/// <summary>The managed engine against what PyTorch computed, and against <see cref="TransformerLM"/>.</summary>
public sealed class CpuGoldenTests
{
    public static TheoryData<string> Models => [.. GoldenModels.Names];

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_PyTorchs(string name)
    {
        Dictionary<string, float[]> expected = [];
        int[][] ids = [];
        using (FileStream file = File.OpenRead(Path.Combine(GoldenModels.Folder, name, "expected.safetensors")))
        {
            SafetensorsReader reader = new(file, name);
            while (reader.MoveNext() is SafetensorsEntry entry)
            {
                byte[] bytes = new byte[entry.ByteLength];
                reader.Read(bytes);
                if (entry.Name == "ids")
                    ids = [.. MemoryMarshal.Cast<byte,
                        long>(bytes).ToArray().Select(id => (int)id).Chunk((int)entry.Shape[1]).Select(row => row[..^1])];
                else if (entry.Name == "logits") expected[entry.Name] = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            }
        }
        using CpuLanguageModel model = CpuLanguageModel.Load(Path.Combine(GoldenModels.Folder, name));
        List<float> actual = [];
        foreach (int[] row in ids)
        {
            using IKvCache cache = model.CreateCache();
            float[] logits = new float[row.Length * model.VocabSize];
            model.ForwardEach(cache, row, logits);
            actual.AddRange(logits);
        }
        AssertClose(expected["logits"], [.. actual], 1e-5f);
    }

    [Theory]
    [MemberData(nameof(TransformerLMTests.Variants), MemberType = typeof(TransformerLMTests))]
    public void Logits_and_likeliest_tokens_are_those_of_the_libtorch_model(string variant)
    {
        TransformerConfig config = TransformerLMTests.Configs[variant] with { InitSeed = 4 };
        using TransformerLM reference = new(config);
        using TemporaryFolder folder = Save(reference);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        AssertSameContinuation(reference, model, [3, 1, 4, 1, 5], config.ContextLength - 5);
    }

    [Fact]
    public void A_model_of_the_courses_shape_gives_the_same_tokens_to_the_end_of_its_context()
    {
        TransformerConfig config =
            new() { VocabSize = 10_000, ContextLength = 256, DModel = 512, NumLayers = 4, NumHeads = 16, DFf = 1344 };
        using TransformerLM reference = new(config);
        using TemporaryFolder folder = Save(reference);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        AssertSameContinuation(reference, model, [.. Enumerable.Range(0, 150).Select(i => i * 61 % 10_000)], 100);
    }

    private static void AssertSameContinuation(ILanguageModel reference, ILanguageModel model, int[] prompt, int count)
    {
        using IKvCache expectedCache = reference.CreateCache(), cache = model.CreateCache();
        float[] expected = new float[model.VocabSize], actual = new float[model.VocabSize];
        int[] input = prompt;
        for (int i = 0; i < count; i++)
        {
            reference.Forward(expectedCache, input, expected);
            model.Forward(cache, input, actual);
            AssertClose(expected, actual, 1e-5f);
            int next = Array.IndexOf(expected, expected.Max());
            Assert.Equal(next, Array.IndexOf(actual, actual.Max()));
            input = [next];
        }
    }

    private static TemporaryFolder Save(TransformerLM model)
    {
        TemporaryFolder folder = new();
        File.WriteAllText(Path.Combine(folder.Path, "config.json"), model.Config.ToJson());
        TransformerWeights.Save(model, folder.File("model.safetensors"));
        return folder;
    }

    /// <summary>Each number within a share of the largest.</summary>
    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        float scale = expected.Max(MathF.Abs);
        float error = expected.Zip(actual, (a, b) => MathF.Abs(a - b)).Max() / scale;
        Assert.True(error <= tolerance, $"Off by {error:g2} of the largest.");
    }
}
