using Cs336.Testing;

namespace Cs336.Inference.Tests;

public sealed class CpuBadInputTests
{
    private static readonly TransformerConfig Config = RandomModel.Configs["base"];

    [Fact]
    public void All_tensors_that_do_not_fit_are_listed_at_once()
    {
        using TemporaryFolder folder = RandomModel.Write(Config);
        RandomModel.WriteWeights(folder.File("model.safetensors"), TransformerTensors.Of(Config)
            .Where(tensor => tensor.Name != "layers.1.ln2.weight")
            .Select(tensor => tensor.Name == "lm_head.weight" ? (tensor.Name, [49, 24]) : tensor).Append(("surplus.weight", [2])));
        string message = Assert.Throws<InvalidDataException>(() => CpuLanguageModel.Load(folder.Path)).Message;
        Assert.Contains(
            "layers.1.ln2.weight is missing; lm_head.weight has shape (49, 24), expected (50, 24); surplus.weight is unknown", message);
    }

    [Fact]
    public void Types_that_do_not_fit_are_listed_at_once()
    {
        using TemporaryFolder folder = RandomModel.Write(Config);
        using (FileStream file = File.Create(folder.File("model.safetensors")))
        {
            SafetensorsWriter.Write(file, [.. TransformerTensors.Of(Config).Select(tensor => new SafetensorsEntry(
                tensor.Name,
                tensor.Name switch
                {
                    "ln_final.weight" or "lm_head.weight" => SafetensorsType.I8,
                    "token_embeddings.weight" => SafetensorsType.I64,
                    _ => SafetensorsType.BF16,
                },
                tensor.Shape))],
                (entry, stream) => stream.Write(new byte[entry.ByteLength]));
        }
        string message = Assert.Throws<InvalidDataException>(() => CpuLanguageModel.Load(folder.Path)).Message;
        Assert.Contains("token_embeddings.weight has type I64, expected F32, F16, BF16 or I8", message);
        Assert.Contains("ln_final.weight has type I8, expected F32, F16 or BF16", message);
        Assert.Contains("lm_head.weight_scale is missing, which an I8 matrix needs", message);
    }

    [Fact]
    public void A_damaged_or_hostile_file_is_refused()
    {
        using TemporaryFolder folder = RandomModel.Write(Config);
        byte[] good = File.ReadAllBytes(folder.File("model.safetensors"));
        foreach (byte[] bad in (byte[][])[good[..^1], good[..1000], good[..3], [], [.. good, 0], [.. good.Take(7), 0x7f, .. good.Skip(8)]])
        {
            File.WriteAllBytes(folder.File("model.safetensors"), bad);
            Assert.Throws<InvalidDataException>(() => CpuLanguageModel.Load(folder.Path));
        }
        File.Delete(folder.File("config.json"));
        Assert.Throws<FileNotFoundException>(() => CpuLanguageModel.Load(folder.Path));
    }

    [Fact]
    public void Inputs_that_cannot_be_computed_are_refused_before_any_work()
    {
        using TemporaryFolder folder = RandomModel.Write(Config);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path), other = CpuLanguageModel.Load(folder.Path);
        using IKvCache cache = model.CreateCache(), foreign = other.CreateCache();
        float[] logits = new float[Config.VocabSize];
        model.Forward(cache, new[] { 1, 2 }, logits);
        float[] before = [.. logits];

        void Refused(string expected, Action action) => Assert.Contains(expected, Assert.Throws<ArgumentException>(action).Message);
        Refused("Token id 50 of sequence 0 is outside the vocabulary", () => model.Forward(cache, new[] { 1, 50 }, logits));
        Refused("Token id -1 of sequence 0 is outside the vocabulary", () => model.ForwardEach(cache, new[] { -1 }, logits));
        Refused("has no tokens to append", () => model.Forward(cache, ReadOnlyMemory<int>.Empty, logits));
        Refused("has no tokens to append", () => model.ForwardEach(cache, ReadOnlyMemory<int>.Empty, []));
        Refused("holds 2 tokens and 79 more were given, but context_length is 80", () => model.Forward(cache, new int[79], logits));
        Refused("holds 49 numbers", () => model.Forward(cache, new[] { 1 }, logits.AsSpan(1)));
        Refused("2 token(s) with vocab_size 50 need 100", () => model.ForwardEach(cache, new[] { 1, 2 }, logits));
        Refused("made by another model", () => model.Forward(foreign, new[] { 1 }, logits));
        Assert.Equal(2, cache.Length);
        Assert.Equal(before, logits);

        foreign.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Forward(foreign, new[] { 1 }, logits));
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Forward(cache, new[] { 1 }, logits));
    }

    [Fact]
    public void Options_that_are_not_sound_are_refused_all_at_once()
    {
        using TemporaryFolder folder = RandomModel.Write(Config);
        string message = Assert.Throws<ArgumentException>(
            () => CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = (CpuPrecision)9, ThreadCount = 0 })).Message;
        Assert.Contains("precision is 9, but must be one of Float32, BFloat16, Int8.", message);
        Assert.Contains("thread_count is 0, but must be 1 to 1024", message);
    }

    [Fact]
    public void Weights_that_are_not_numbers_give_logits_that_say_so()
    {
        foreach (CpuPrecision precision in WeightConversion.Targets)
        {
            using TemporaryFolder folder = RandomModel.Write(Config);
            byte[] file = File.ReadAllBytes(folder.File("model.safetensors"));
            int head = Config.VocabSize * Config.DModel * sizeof(float), lastGain = file.Length - head - sizeof(float); // of the final norm
            BitConverter.GetBytes(float.NaN).CopyTo(file, lastGain);
            File.WriteAllBytes(folder.File("model.safetensors"), file);
            using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = precision });
            using IKvCache cache = model.CreateCache();
            float[] logits = new float[Config.VocabSize];
            model.Forward(cache, new[] { 1 }, logits);
            Assert.All(logits, logit => Assert.True(float.IsNaN(logit)));
        }
    }
}
