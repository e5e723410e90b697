namespace Cs336.Inference.Tests;

public sealed class GenerationSequenceTests
{
    private const int VocabSize = 60, ContextLength = 24;

    /// <summary>Every way to draw.</summary>
    public static GenerationOptions[] Samplers =>
    [
        new() { Temperature = 0 }, new(), new() { Temperature = 0.7, TopP = 0.8 }, new() { TopK = 7 }, new() { MinP = 0.2 },
        new()
        {
            Temperature = 1.3, TopK = 30, TopP = 0.95, MinP = 0.01, RepetitionPenalty = 1.3, PresencePenalty = 0.4,
            FrequencyPenalty = 0.2, LogitBias = new Dictionary<int, double> { [5] = 2 }, BannedTokens = [0, 1],
        },
    ];

    [Fact]
    public void Sequences_that_join_and_leave_a_batch_have_the_tokens_of_a_sequence_alone()
    {
        HistoryModel model = new(VocabSize, ContextLength);
        SeededRandom random = new(4);
        List<(GenerationSequence Sequence, int[] Prompt, GenerationOptions Options)> all = [], running = [];
        BatchGenerator batch = new(model);
        for (int step = 0; step < 400; step++)
        {
            while (running.Count < 1 + random.NextInt64(6))
            {
                GenerationOptions options = Samplers[random.NextInt64(Samplers.Length)] with
                {
                    Seed = random.NextUInt64(), MaxNewTokens = 1 + (int)random.NextInt64(70),
                    ContextOverflow = (ContextOverflow)random.NextInt64(2),
                };
                int[] prompt = [
                    .. Enumerable.Range(0, 1 + (int)random.NextInt64(ContextLength)).Select(_ => (int)random.NextInt64(VocabSize))];
                running.Add((new GenerationSequence(model, prompt, options, new HashSet<int> { 59 }), prompt, options));
                all.Add(running[^1]);
            }
            batch.Step([.. running.Select(item => item.Sequence)], new GeneratedToken[running.Count]);
            foreach ((GenerationSequence sequence, _, _) in running)
                if (sequence.FinishReason is not null) sequence.Dispose();
            running.RemoveAll(item => item.Sequence.FinishReason is not null);
        }

        (GenerationSequence Sequence, int[] Prompt, GenerationOptions Options)[] ended = [
            .. all.Where(item => item.Sequence.FinishReason is not null)];
        foreach ((GenerationSequence sequence, int[] prompt, GenerationOptions options) in ended)
        {
            (List<int> tokens, FinishReason reason) = GenerateWithFullContext(prompt, options, [59]);
            Assert.Equal(tokens, sequence.History.Tokens[prompt.Length..].ToArray());
            Assert.Equal(reason, sequence.FinishReason);
            Assert.Equal(tokens, new TokenGenerator(model).Generate(prompt, options, new HashSet<int> { 59 }).Select(token => token.Id));
        }
        Assert.True(ended.Length > 50);
        Assert.Equal(
            [FinishReason.StopToken, FinishReason.MaxNewTokens, FinishReason.ContextFull],
            ended.Select(item => item.Sequence.FinishReason!.Value).Distinct().Order());
        Assert.Contains(ended, item => item.Sequence.History.Length > 2 * ContextLength); // the context overflowed more than once
        Assert.Contains(model.BatchSizes, size => size > 4);
        foreach ((GenerationSequence sequence, _, _) in running) sequence.Dispose();
        Assert.Equal(0, model.LiveCaches);
    }

    [Fact]
    public void A_context_that_overflows_goes_on_with_its_newest_half()
    {
        CountingModel model = new(100, 5);
        GeneratedToken[] tokens = [
            .. new TokenGenerator(model).Generate(
                new[] { 10, 11, 12, 13 },
                new GenerationOptions { Temperature = 0, MaxNewTokens = 6, ContextOverflow = ContextOverflow.Reprime })];
        Assert.Equal([14, 15, 16, 17, 18, 19], tokens.Select(token => token.Id));
        Assert.Equal(FinishReason.MaxNewTokens, tokens[^1].FinishReason);
        Assert.Equal([[10, 11, 12, 13], [14], [13, 14, 15], [16], [17], [16, 17, 18]], model.Inputs);
    }

    [Fact]
    public void A_context_of_one_token_can_overflow()
    {
        CountingModel model = new(100, 1);
        GenerationOptions options = new() { Temperature = 0, MaxNewTokens = 3, ContextOverflow = ContextOverflow.Reprime };
        Assert.Equal([8, 9, 10], new TokenGenerator(model).Generate(new[] { 7 }, options).Select(token => token.Id));
        Assert.Equal([[7], [8], [9]], model.Inputs);
    }

    [Fact]
    public void Log_probabilities_are_the_models_own()
    {
        HistoryModel model = new(VocabSize, ContextLength);
        GenerationOptions options = new()
        {
            Seed = 3, Temperature = 2, MaxNewTokens = 5, BannedTokens = [7], LogitBias = new Dictionary<int, double> { [9] = 4 },
            LogProbabilities = 3,
        };
        List<int> tokens = [4, 5];
        float[] logits = new float[VocabSize];
        foreach (GeneratedToken token in new TokenGenerator(model).Generate(tokens.ToArray(), options))
        {
            HistoryModel.LogitsAfter(tokens, logits);
            double logSum = Math.Log(logits.Sum(logit => Math.Exp(logit)));
            Assert.Equal(token.Id, token.LogProbabilities!.Drawn.Id);
            Assert.Equal(logits[token.Id] - logSum, token.LogProbabilities.Drawn.LogProbability, 5e-6);
            Assert.Equal(
                Enumerable.Range(0, VocabSize).OrderByDescending(id => logits[id]).Take(3),
                token.LogProbabilities.Alternatives.Select(alternative => alternative.Id));
            Assert.All(
                token.LogProbabilities.Alternatives,
                alternative => Assert.Equal(logits[alternative.Id] - logSum, alternative.LogProbability, 5e-6));
            tokens.Add(token.Id);
        }
        Assert.Equal(7, tokens.Count);
        Assert.Empty(
            new TokenGenerator(model).Generate(new[] { 1 }, options with { LogProbabilities = 0 }).First().LogProbabilities!.Alternatives);
        Assert.Equal(
            VocabSize,
            new TokenGenerator(model).Generate(
                new[] { 1 }, options with { LogProbabilities = 1000 }).First().LogProbabilities!.Alternatives.Count);
        Assert.Null(new TokenGenerator(model).Generate(new[] { 1 }, options with { LogProbabilities = null }).First().LogProbabilities);
    }

    [Fact]
    public void An_ended_or_disposed_sequence_says_so()
    {
        CountingModel model = new(10, 5);
        GenerationSequence sequence = new(model, [1], new GenerationOptions { MaxNewTokens = 1 });
        Assert.Throws<ArgumentException>(() => sequence.Accept(new float[9]));
        sequence.Accept(new float[10]);
        Assert.Contains("ended (MaxNewTokens)", Assert.Throws<InvalidOperationException>(() => sequence.Pending).Message);
        Assert.Throws<InvalidOperationException>(() => sequence.Accept(new float[10]));
        GenerationSequence other = new(model, [1], new GenerationOptions());
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Pending);
    }

    [Fact]
    public void A_seed_that_was_picked_can_be_used_again()
    {
        HistoryModel model = new(VocabSize, ContextLength);
        using GenerationSequence sequence = new(model, [1], new GenerationOptions { MaxNewTokens = 12 });
        BatchGenerator batch = new(model);
        while (sequence.FinishReason is null) batch.Step([sequence], new GeneratedToken[1]);
        Assert.Equal(sequence.History.Tokens[1..].ToArray(),
            new TokenGenerator(model).Generate(
                new[] { 1 }, new GenerationOptions { MaxNewTokens = 12, Seed = sequence.Seed }).Select(token => token.Id));
    }

    [Fact]
    public void A_pass_that_fails_can_be_tried_again()
    {
        HistoryModel model = new(VocabSize, ContextLength), other = new(VocabSize + 1, ContextLength);
        GenerationOptions options = new() { Seed = 1, MaxNewTokens = 4 };
        using GenerationSequence sequence = new(model, [1, 2], options);
        Assert.Throws<ArgumentException>(() => new BatchGenerator(model).Forward([sequence, sequence]));
        Assert.Throws<ArgumentException>(() => new BatchGenerator(model).Step([sequence], []));
        BatchGenerator batch = new(model);
        Assert.Throws<ArgumentOutOfRangeException>(() => { batch.Logits(0); });
        while (sequence.FinishReason is null) batch.Step([sequence], new GeneratedToken[1]);
        Assert.Equal(GenerateWithFullContext([1, 2], options, []).Tokens, sequence.History.Tokens[2..].ToArray());
    }

    /// <summary>Every token computed from all that its context holds, without a cache.</summary>
    private static (List<int> Tokens, FinishReason Reason) GenerateWithFullContext(
        int[] prompt, GenerationOptions options, HashSet<int> stopIds)
    {
        Sampler sampler = new(options, new SeededRandom(options.Seed!.Value));
        TokenHistory history = new(prompt);
        List<int> context = [.. prompt];
        float[] logits = new float[VocabSize];
        while (true)
        {
            HistoryModel.LogitsAfter(context, logits);
            foreach (ILogitProcessor processor in LogitProcessors.For(options)) processor.Process(history, logits);
            int id = sampler.Sample(logits);
            history.Add(id);
            bool full = context.Count == ContextLength;
            context.Add(id);
            FinishReason? reason = stopIds.Contains(id) ? FinishReason.StopToken
                : history.Length - prompt.Length == options.MaxNewTokens ? FinishReason.MaxNewTokens
                : full && options.ContextOverflow == ContextOverflow.Stop ? FinishReason.ContextFull : null;
            if (reason is not null) return ([.. history.Tokens[prompt.Length..]], reason.Value);
            if (full) context = context[^(ContextLength / 2)..];
        }
    }
}
