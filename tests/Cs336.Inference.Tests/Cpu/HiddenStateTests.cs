using System.Runtime.InteropServices;
using Cs336.Testing;

namespace Cs336.Inference.Tests;

public sealed class HiddenStateTests
{
    [Fact]
    public void The_head_turns_the_hidden_states_into_the_logits()
    {
        TransformerConfig config = RandomModel.Configs["wide"];
        using TemporaryFolder folder = RandomModel.Write(config);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        int[] ids = RandomModel.Tokens(37, config.VocabSize); // more than the head takes at once
        float[] states = new float[ids.Length * config.DModel], logits = new float[ids.Length * config.VocabSize];
        using (IKvCache cache = model.CreateCache()) model.ForwardHidden(cache, ids, states);
        using (IKvCache cache = model.CreateCache()) model.ForwardEach(cache, ids, logits);
        float[] head = ReadHead(folder.File("model.safetensors"));
        for (int i = 0; i < ids.Length; i++)
        {
            for (int id = 0; id < config.VocabSize; id++)
            {
                double expected = 0;
                for (int j = 0; j < config.DModel; j++)
                    expected += (double)head[(id * config.DModel) + j] * states[(i * config.DModel) + j];
                Assert.Equal(expected, logits[(i * config.VocabSize) + id], 1e-3);
            }
        }
    }

    [Fact]
    public void A_buffer_of_another_size_is_refused()
    {
        using TemporaryFolder folder = RandomModel.Write(RandomModel.Configs["base"]);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        using IKvCache cache = model.CreateCache();
        Assert.Equal("The states buffer holds 50 numbers, but 2 token(s) with d_model 24 need 48.",
            Assert.Throws<ArgumentException>(() => model.ForwardHidden(cache, new[] { 1, 2 }, new float[50])).Message);
        Assert.Throws<ArgumentException>(() => model.ForwardHidden(cache, new[] { 1, 50 }, new float[48]));
        Assert.Equal(0, cache.Length);
        model.Forward([new DecodingInput(cache, new[] { 1 })], new float[50]); // logits come as before
    }

    private static float[] ReadHead(string path)
    {
        using MappedSafetensors file = new(path);
        return MemoryMarshal.Cast<byte, float>(file.BytesOf("lm_head.weight")).ToArray();
    }
}
