using Cs336.Inference;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class GenerationTests
{
    private static readonly TransformerConfig Config = new()
    {
        VocabSize = 60, ContextLength = 20, DModel = 32, NumLayers = 2, NumHeads = 4, DFf = 48, RopeTheta = 100, InitSeed = 7,
    };

    public static TheoryData<string> Samplers => [.. Options.Keys];

    private static Dictionary<string, GenerationOptions> Options => new()
    {
        ["greedy"] = new() { Temperature = 0 },
        ["temperature"] = new() { Temperature = 1.4 },
        ["top-k"] = new() { TopK = 8 },
        ["top-p"] = new() { TopP = 0.8 },
        ["min-p"] = new() { MinP = 0.15 },
        ["penalties"] = new() { RepetitionPenalty = 1.4, PresencePenalty = 0.5, FrequencyPenalty = 0.3 },
        ["biases and bans"] = new() { LogitBias = new Dictionary<int, double> { [3] = 2, [4] = -2 }, BannedTokens = [1, 2] },
        ["all"] = new() { Temperature = 0.8, TopK = 40, TopP = 0.95, MinP = 0.02, RepetitionPenalty = 1.1, PresencePenalty = 0.2,
            FrequencyPenalty = 0.1, BannedTokens = [0] },
    };

    [Theory]
    [MemberData(nameof(Samplers))]
    public void Cached_and_batched_generation_gives_the_tokens_of_the_full_context(string name)
    {
        using TransformerLM model = new(Config);
        int[][] prompts = [[5], [1, 2, 3], [.. Enumerable.Range(10, 19)], [7, 7, 7, 7, 7, 7, 7, 7], [.. Enumerable.Range(0, 20)]];
        GenerationOptions[] options =
            [.. prompts.Select(
                (_, i) => Options[name] with { Seed = (ulong)i, MaxNewTokens = 14 + 9 * i,
                ContextOverflow = i % 2 == 0 ? ContextOverflow.Reprime : ContextOverflow.Stop })];
        int[][] expected = [.. prompts.Zip(options, (prompt, its) => GenerateWithFullContext(model, prompt, its))];

        for (int i = 0; i < prompts.Length; i++)
            Assert.Equal(expected[i], new TokenGenerator(model).Generate(prompts[i], options[i]).Select(token => token.Id));

        // One sequence more joins with every other step, and each leaves when it has ended.
        GenerationSequence[] sequences = [.. prompts.Zip(options, (prompt, its) => new GenerationSequence(model, prompt, its))];
        BatchGenerator batch = new(model);
        for (int step = 0; sequences.Any(sequence => sequence.FinishReason is null); step++)
        {
            GenerationSequence[] running = [.. sequences.Take(1 + step / 2).Where(sequence => sequence.FinishReason is null)];
            if (running.Length > 0) batch.Step(running, new GeneratedToken[running.Length]);
        }
        for (int i = 0; i < prompts.Length; i++) Assert.Equal(expected[i], sequences[i].History.Tokens[prompts[i].Length..].ToArray());
        foreach (GenerationSequence sequence in sequences) sequence.Dispose();
    }

    [Theory]
    [MemberData(nameof(Samplers))]
    public void The_managed_engine_gives_the_tokens_of_the_full_context_too(string name)
    {
        using TemporaryFolder folder = new();
        using TransformerLM model = new(Config);
        folder.Write("config.json", Config.ToJson());
        TransformerWeights.Save(model, folder.File("model.safetensors"));
        using CpuLanguageModel engine = CpuLanguageModel.Load(folder.Path);

        int[][] prompts = [[5], [1, 2, 3], [.. Enumerable.Range(10, 19)], [9, 8, 7, 6]];
        GenerationOptions[] options =
            [.. prompts.Select(
            (_, i) => Options[name] with { Seed = (ulong)i, MaxNewTokens = 20 + 5 * i, ContextOverflow = ContextOverflow.Reprime })];
        GenerationSequence[] sequences = [.. prompts.Zip(options, (prompt, its) => new GenerationSequence(engine, prompt, its))];
        BatchGenerator batch = new(engine);
        while (sequences.Where(sequence => sequence.FinishReason is null).ToArray() is { Length: > 0 } running)
            batch.Step(running, new GeneratedToken[running.Length]);
        for (int i = 0; i < prompts.Length; i++)
        {
            Assert.Equal(
                GenerateWithFullContext(model, prompts[i], options[i]), sequences[i].History.Tokens[prompts[i].Length..].ToArray());
            Assert.Equal(
                new TokenGenerator(engine).Generate(prompts[i], options[i]).Select(token => token.Id),
                sequences[i].History.Tokens[prompts[i].Length..].ToArray());
            sequences[i].Dispose();
        }
    }

    /// <summary>Every token computed from the whole context by the differentiable pass, without a cache, and drawn step by step.</summary>
    private static int[] GenerateWithFullContext(TransformerLM model, int[] prompt, GenerationOptions options)
    {
        using GenerationSequence sequence = new(new ForwardOnly(model), prompt, options);
        float[] logits = new float[model.VocabSize];
        List<int> context = [.. prompt];
        while (true)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor all = model.forward(tensor(context.Select(id => (long)id).ToArray(), [1, context.Count]));
            all[0, -1].contiguous().data<float>().CopyTo(logits);
            bool full = context.Count == model.ContextLength;
            GeneratedToken token = sequence.Accept(logits);
            if (token.FinishReason is not null) return sequence.History.Tokens[prompt.Length..].ToArray();
            context.Add(token.Id);
            if (full) context = context[^(model.ContextLength / 2)..];
        }
    }

    /// <summary>Has no cache to give: the reference computes without.</summary>
    private sealed class ForwardOnly(TransformerLM model) : ILanguageModel
    {
        public int VocabSize => model.VocabSize;

        public int ContextLength => model.ContextLength;

        public IKvCache CreateCache() => throw new NotSupportedException();

        public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits) => throw new NotSupportedException();
    }
}
