using Cs336.Testing;

namespace Cs336.Inference.Tests;

public sealed class CpuLanguageModelTests
{
    public static TheoryData<string, CpuPrecision> Models
    {
        get
        {
            TheoryData<string, CpuPrecision> models = [];
            foreach (string name in RandomModel.Configs.Keys)
                foreach (CpuPrecision precision in WeightConversion.Targets) models.Add(name, precision);
            return models;
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_prompt_its_tokens_one_by_one_and_any_number_of_threads_give_the_same_bits(string name, CpuPrecision precision)
    {
        TransformerConfig config = RandomModel.Configs[name];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] tokens = RandomModel.Tokens(75, config.VocabSize);
        float[][] results = [.. new[] { 1, 2, 3 }.Select(threads =>
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(
                folder.Path, new CpuModelOptions { Precision = precision, ThreadCount = threads });
            Assert.Equal((precision, threads), (model.Precision, model.ThreadCount));
            return Each(model, tokens);
        })];
        Assert.Equal(results[0], results[1]);
        Assert.Equal(results[0], results[2]);
        Assert.All(results[0], logit => Assert.True(float.IsFinite(logit)));

        using CpuLanguageModel stepped = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = precision, ThreadCount = 2 });
        using IKvCache cache = stepped.CreateCache();
        float[] logits = new float[config.VocabSize];
        foreach (int count in new[] { 1, 6, 1, 1, 2, 50, 3, 1, 1, 9 })
        {
            stepped.Forward(cache, tokens.AsMemory(cache.Length, count), logits);
            Assert.Equal(results[0][((cache.Length - 1) * config.VocabSize)..(cache.Length * config.VocabSize)], logits);
        }
        Assert.Equal(tokens.Length, cache.Length);
    }

    [Theory]
    [InlineData(CpuPrecision.Float32)]
    [InlineData(CpuPrecision.BFloat16)]
    [InlineData(CpuPrecision.Int8)]
    public void A_sequence_gets_the_same_bits_in_a_batch_as_alone(CpuPrecision precision)
    {
        TransformerConfig config = RandomModel.Configs["wide"] with { ContextLength = 200 };
        using TemporaryFolder folder = RandomModel.Write(config);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = precision });
        // Together more tokens than a pass takes, and more sequences than are projected to logits at once.
        int[][] prompts = [.. Enumerable.Range(0, 19).Select(i => RandomModel.Tokens(1 + (i * 37 % 150), config.VocabSize))];
        IKvCache[] caches = [.. prompts.Select(_ => model.CreateCache())];
        float[] first = new float[prompts.Length * config.VocabSize], second = new float[first.Length];
        model.Forward([.. prompts.Select((prompt, i) => new DecodingInput(caches[i], prompt))], first);
        model.Forward([.. prompts.Select((_, i) => new DecodingInput(caches[i], new[] { i }))], second);
        for (int i = 0; i < prompts.Length; i++)
        {
            float[] expected = Each(model, [.. prompts[i], i]);
            int width = config.VocabSize;
            Assert.Equal(expected[^(2 * width)..^width], first[(i * width)..((i + 1) * width)]);
            Assert.Equal(expected[^width..], second[(i * width)..((i + 1) * width)]);
            caches[i].Dispose();
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void With_every_instruction_set_a_prompt_groups_of_its_tokens_and_single_ones_give_the_same_bits(
        string name, CpuPrecision precision)
    {
        TransformerConfig config = RandomModel.Configs[name];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] tokens = RandomModel.Tokens(60, config.VocabSize);
        foreach (Kernels kernels in Kernels.Supported)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(
                folder.File("config.json"), folder.File("model.safetensors"),
                new CpuModelOptions { Precision = precision, ThreadCount = 2 }, kernels);
            float[] expected = Each(model, tokens), logits = new float[config.VocabSize];
            using IKvCache cache = model.CreateCache();
            // Whole tiles, a pair, a single one, and all of them together.
            foreach (int count in new[] { 4, 1, 2, 3, 7, 1, 5, 6, 31 })
            {
                model.Forward(cache, tokens.AsMemory(cache.Length, count), logits);
                Assert.Equal(expected[((cache.Length - 1) * config.VocabSize)..(cache.Length * config.VocabSize)], logits);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void All_instruction_sets_agree(string name, CpuPrecision precision)
    {
        TransformerConfig config = RandomModel.Configs[name];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] tokens = RandomModel.Tokens(70, config.VocabSize);
        float[][] results = [.. Kernels.Supported.Select(kernels =>
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(
                folder.File("config.json"), folder.File("model.safetensors"), new CpuModelOptions { Precision = precision }, kernels);
            Assert.Equal(kernels.Name, model.InstructionSet);
            return Each(model, tokens);
        })];
        // An input that rounding takes to the next integer moves an int8 model's logits by more than the sums' order does.
        float tolerance = precision == CpuPrecision.Int8 ? 2e-2f : 2e-6f;
        foreach (float[] result in results) AssertClose(results[^1], result, tolerance);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_model_saved_in_a_precision_is_used_as_it_lies_in_the_file(string name, CpuPrecision precision)
    {
        TransformerConfig config = RandomModel.Configs[name];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] tokens = RandomModel.Tokens(20, config.VocabSize);
        float[] expected;
        using (CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = precision }))
        {
            expected = Each(model, tokens);
            model.Save(folder.File("saved"));
        }
        Assert.Equal(["config.json", "model.safetensors"], Directory.EnumerateFiles(folder.File("saved")).Select(Path.GetFileName).Order());
        using CpuLanguageModel saved = CpuLanguageModel.Load(folder.File("saved"));
        Assert.Equal(precision, saved.Precision);
        Assert.Equal(config, saved.Config);
        Assert.Equal(expected, Each(saved, tokens));
    }

    [Fact]
    public void Lower_precision_moves_the_logits_by_a_little()
    {
        TransformerConfig config = RandomModel.Configs["wide"];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] tokens = RandomModel.Tokens(40, config.VocabSize);
        float[] Logits(CpuPrecision precision)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = precision });
            return Each(model, tokens);
        }
        float[] expected = Logits(CpuPrecision.Float32), bfloat16 = Logits(CpuPrecision.BFloat16), int8 = Logits(CpuPrecision.Int8);
        Assert.NotEqual(expected, bfloat16);
        AssertClose(expected, bfloat16, 1e-2f);
        AssertClose(expected, int8, 5e-2f);
    }

    [Fact]
    public void A_bfloat16_file_gives_the_same_bits_widened_to_float32()
    {
        TransformerConfig config = RandomModel.Configs["wide"];
        using TemporaryFolder folder = RandomModel.Write(config);
        using (CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { Precision = CpuPrecision.BFloat16 }))
            model.Save(folder.File("saved"));
        using CpuLanguageModel narrow = CpuLanguageModel.Load(folder.File("saved"));
        using CpuLanguageModel wide = CpuLanguageModel.Load(folder.File("saved"), new CpuModelOptions { Precision = CpuPrecision.Float32 });
        int[] tokens = RandomModel.Tokens(10, config.VocabSize);
        Assert.Equal((CpuPrecision.BFloat16, CpuPrecision.Float32), (narrow.Precision, wide.Precision));
        Assert.Equal(Each(wide, tokens), Each(narrow, tokens));
    }

    [Fact]
    public void A_float16_file_is_widened()
    {
        TransformerConfig config = RandomModel.Configs["base"];
        using TemporaryFolder folder = RandomModel.Write(config);
        SafetensorsEntry[] entries = [
            .. TransformerTensors.Of(config).Select(tensor => new SafetensorsEntry(tensor.Name, SafetensorsType.F16, tensor.Shape))];
        void WriteHalves(SafetensorsType type, string path) // the same numbers, as halves and as floats
        {
            Random random = new(3);
            using FileStream file = File.Create(path);
            SafetensorsEntry[] stored = [.. entries.Select(entry => new SafetensorsEntry(entry.Name, type, entry.Shape))];
            SafetensorsWriter.Write(file, stored, (entry, stream) =>
            {
                for (long i = 0; i < entry.Shape.Aggregate((a, b) => a * b); i++)
                {
                    Half value = (Half)(random.NextSingle() - 0.5f);
                    stream.Write(type == SafetensorsType.F16 ? BitConverter.GetBytes(value) : BitConverter.GetBytes((float)value));
                }
            });
        }
        int[] tokens = RandomModel.Tokens(10, config.VocabSize);
        WriteHalves(SafetensorsType.F16, folder.File("model.safetensors"));
        using CpuLanguageModel halves = CpuLanguageModel.Load(folder.Path);
        WriteHalves(SafetensorsType.F32, folder.File("floats.safetensors"));
        using CpuLanguageModel floats = CpuLanguageModel.Load(folder.File("config.json"), folder.File("floats.safetensors"));
        Assert.Equal(CpuPrecision.Float32, halves.Precision);
        Assert.Equal(Each(floats, tokens), Each(halves, tokens));
    }

    [Fact]
    public void A_token_allocates_nothing()
    {
        TransformerConfig config = RandomModel.Configs["wide"];
        using TemporaryFolder folder = RandomModel.Write(config);
        foreach (CpuPrecision precision in WeightConversion.Targets)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(
                folder.Path, new CpuModelOptions { Precision = precision, ThreadCount = 2 });
            using IKvCache cache = model.CreateCache();
            float[] logits = new float[config.VocabSize];
            int[] token = [5];
            long fewest = Allocations.FewestOf(() =>
            {
                cache.Truncate(0);
                for (int i = 0; i < 50; i++) model.Forward(cache, token, logits);
            });
            Assert.InRange(fewest, 0, 50 * 24 - 1); // the smallest object has 24 bytes
        }
    }

    [Fact]
    public void A_truncated_cache_goes_on_as_if_the_rest_had_never_been()
    {
        TransformerConfig config = RandomModel.Configs["base"];
        using TemporaryFolder folder = RandomModel.Write(config);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[config.VocabSize];
        model.Forward(cache, RandomModel.Tokens(70, config.VocabSize), logits);
        cache.Truncate(3);
        model.Forward(cache, new[] { 30 }, logits);
        Assert.Equal(4, cache.Length);
        Assert.Equal(Each(model, [.. RandomModel.Tokens(3, config.VocabSize), 30])[^config.VocabSize..], logits);
        Assert.Throws<ArgumentOutOfRangeException>(() => cache.Truncate(5));
    }

    [Fact]
    public void Text_is_generated_the_same_by_a_seed_whatever_the_number_of_threads()
    {
        TransformerConfig config = RandomModel.Configs["grouped keys"];
        using TemporaryFolder folder = RandomModel.Write(config);
        int[] Generate(int threads)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path, new CpuModelOptions { ThreadCount = threads });
            GenerationOptions options = new() { MaxNewTokens = 60, Seed = 7, TopP = 0.9 };
            return [.. new TokenGenerator(model).Generate(new[] { 1, 2, 3 }, options, new HashSet<int>()).Select(token => token.Id)];
        }
        Assert.Equal(60, Generate(1).Length);
        Assert.Equal(Generate(1), Generate(3));
    }

    [Fact]
    public void The_last_checkpoint_of_a_run_is_found()
    {
        using TemporaryFolder model = RandomModel.Write(RandomModel.Configs["base"]), run = new();
        foreach (string step in new[] { "step-00000900", "step-00001000" })
        {
            string checkpoint = Path.Combine(run.Path, "checkpoints", step);
            Directory.CreateDirectory(checkpoint);
            File.Copy(model.File("model.safetensors"), Path.Combine(checkpoint, "model.safetensors"));
        }
        File.Copy(model.File("config.json"), Path.Combine(run.Path, "checkpoints", "step-00001000", "config.json"));
        using CpuLanguageModel loaded = CpuLanguageModel.Load(run.Path);
        Assert.Equal(50, loaded.VocabSize);
        Assert.Contains(
            "There is no model in", Assert.Throws<FileNotFoundException>(() => CpuLanguageModel.Load(run.File("checkpoints"))).Message);
    }

    [Fact]
    public void Calls_from_several_threads_are_taken_in_turns()
    {
        TransformerConfig config = RandomModel.Configs["base"];
        using TemporaryFolder folder = RandomModel.Write(config);
        using CpuLanguageModel model = CpuLanguageModel.Load(folder.Path);
        int[] tokens = RandomModel.Tokens(30, config.VocabSize);
        float[] expected = Each(model, tokens);
        Parallel.For(0, 16, _ => Assert.Equal(expected, Each(model, tokens)));
    }

    private static float[] Each(CpuLanguageModel model, int[] tokens)
    {
        using IKvCache cache = model.CreateCache();
        float[] logits = new float[tokens.Length * model.VocabSize];
        model.ForwardEach(cache, tokens, logits);
        return logits;
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        float scale = expected.Max(MathF.Abs), error = expected.Zip(actual, (a, b) => MathF.Abs(a - b)).Max() / scale;
        Assert.True(error <= tolerance, $"Off by {error:g2} of the largest.");
    }
}
