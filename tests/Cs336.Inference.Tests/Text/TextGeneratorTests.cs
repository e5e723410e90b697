namespace Cs336.Inference.Tests;

public sealed class TextGeneratorTests
{
    private readonly CountingModel _model = new(257, 64);

    [Fact]
    public async Task Text_streams_in_pieces_and_the_last_tells_why_it_ended()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        List<GeneratedText> pieces = [];
        await foreach (GeneratedText piece in generator.StreamAsync("ab", new GenerationOptions { MaxNewTokens = 3 })) pieces.Add(piece);
        Assert.Equal(
            [("c", null, 1), ("d", null, 1), ("e", FinishReason.MaxNewTokens, 1)],
            pieces.Select(piece => (piece.Text, piece.FinishReason, piece.NewTokens)));
        Assert.All(pieces, piece => Assert.Equal(2, piece.PromptTokens));
    }

    [Fact]
    public async Task A_stop_token_ends_the_text_and_is_not_part_of_it()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        // Id 256 is the stop token; 254 and 255 are no UTF-8 at all.
        GeneratedText text = await generator.GenerateAsync("<|253|>", new GenerationOptions { AllowSpecialTokensInPrompt = true });
        Assert.Equal(("\uFFFD\uFFFD", FinishReason.StopToken, 3), (text.Text, text.FinishReason, text.NewTokens));
    }

    [Fact]
    public async Task A_character_is_never_split()
    {
        using TextGenerator generator = new(new ByteTokenizer(), new ScriptedModel("ä€😀!"u8.ToArray()));
        List<string> pieces = [];
        await foreach (GeneratedText piece in generator.StreamAsync("x", new GenerationOptions { MaxNewTokens = 10 }))
            pieces.Add(piece.Text);
        Assert.Equal(["ä", "€", "😀", "!"], pieces);
    }

    [Fact]
    public async Task Half_a_character_at_the_end_becomes_a_replacement_character()
    {
        using TextGenerator generator = new(new ByteTokenizer(), new ScriptedModel("ä"u8.ToArray()));
        Assert.Equal("\uFFFD", (await generator.GenerateAsync("x", new GenerationOptions { MaxNewTokens = 1 })).Text);
    }

    [Fact]
    public async Task Special_tokens_in_the_prompt_are_text_unless_allowed()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        await generator.GenerateAsync("<|253|>", new GenerationOptions { MaxNewTokens = 1 });
        Assert.Equal("<|253|>"u8.ToArray().Select(value => (int)value), _model.Inputs[0]);
    }

    [Fact]
    public async Task A_stop_string_ends_the_text_wherever_the_tokens_borders_lie()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        List<GeneratedText> pieces = [];
        await foreach (GeneratedText piece in generator.StreamAsync("a", new GenerationOptions { StopStrings = ["efg", "dx"] }))
            pieces.Add(piece);
        // "d" and "ef" might have become stop strings, so they were held back until they could not.
        Assert.Equal(
            [("b", null, 1), ("c", null, 1), ("d", null, 2), ("", FinishReason.StopString, 2)],
            pieces.Select(piece => (piece.Text, piece.FinishReason, piece.NewTokens)));
    }

    [Fact]
    public async Task What_was_held_back_for_a_stop_string_comes_with_the_end()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        GeneratedText text = await generator.GenerateAsync("a", new GenerationOptions { StopStrings = ["cdef"], MaxNewTokens = 3 });
        Assert.Equal(("bcd", FinishReason.MaxNewTokens), (text.Text, text.FinishReason));
        text = await generator.GenerateAsync("a", new GenerationOptions { StopStrings = ["cd"], MaxNewTokens = 3 });
        Assert.Equal(("b", FinishReason.StopString), (text.Text, text.FinishReason)); // its last token was also the last allowed
        using TextGenerator ending = new(new ByteTokenizer(), new ScriptedModel("xya"u8.ToArray()));
        text = await ending.GenerateAsync("a", new GenerationOptions { StopStrings = ["ab"] });
        Assert.Equal(("xya", FinishReason.StopToken), (text.Text, text.FinishReason));
    }

    [Fact]
    public async Task Stop_strings_of_several_bytes_a_character_are_found()
    {
        using TextGenerator generator = new(new ByteTokenizer(), new ScriptedModel("aé😀é😁x"u8.ToArray()));
        GeneratedText text = await generator.GenerateAsync("a", new GenerationOptions { StopStrings = ["é😁"], MaxNewTokens = 40 });
        Assert.Equal(("aé😀", FinishReason.StopString), (text.Text, text.FinishReason));
    }

    [Fact]
    public async Task Log_probabilities_come_with_the_text_of_their_tokens()
    {
        using TextGenerator generator = new(new ByteTokenizer(), new ScriptedModel("ä!"u8.ToArray()));
        List<GeneratedText> pieces = [];
        await foreach (GeneratedText piece in generator.StreamAsync("x", new GenerationOptions { MaxNewTokens = 3, LogProbabilities = 1 }))
            pieces.Add(piece);
        Assert.Equal(
            ["C3 A4", "21"],
            pieces.Select(piece => string.Join(" ", piece.LogProbabilities.Select(token => token.Drawn.Id.ToString("X")))));
        Assert.All(
            pieces.SelectMany(piece => piece.LogProbabilities),
            token => Assert.Equal((0, token.Drawn), (token.Drawn.LogProbability, Assert.Single(token.Alternatives))));
    }

    [Fact]
    public async Task Several_prompts_give_the_texts_that_each_gives_alone()
    {
        HistoryModel model = new(257, 40);
        using TextGenerator generator = new(
            new ByteTokenizer(), model, new GenerationOptions { Seed = 4, MaxNewTokens = 30, TopP = 0.9, LogProbabilities = 2 });
        string[] prompts = [.. Enumerable.Range(0, 11).Select(i => new string((char)('a' + i % 4), 1 + 3 * i))];
        IReadOnlyList<GeneratedText> texts = await generator.GenerateAsync(prompts, batchSize: 4);
        Assert.Equal(4, model.BatchSizes.Max());
        Assert.Equal(0, model.LiveCaches);
        for (int i = 0; i < prompts.Length; i++)
        {
            GeneratedText alone = await generator.GenerateAsync(prompts[i]);
            Assert.Equal(
                (alone.Text, alone.FinishReason, alone.PromptTokens, alone.NewTokens),
                (texts[i].Text, texts[i].FinishReason, texts[i].PromptTokens, texts[i].NewTokens));
            Assert.Equal(alone.LogProbabilities.Select(token => token.Drawn), texts[i].LogProbabilities.Select(token => token.Drawn));
        }
        Assert.Empty(await generator.GenerateAsync([]));
        Assert.StartsWith(
            "Prompt 1: The prompt is empty",
            (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(["a", ""]))).Message);
    }

    [Fact]
    public async Task Cancelling_several_prompts_frees_every_cache()
    {
        HistoryModel model = new(257, 40);
        using CancellationTokenSource cancellation = new();
        using TextGenerator generator = new(
            new ByteTokenizer(), model,
            new GenerationOptions
            {
                ContextOverflow = ContextOverflow.Reprime, MaxNewTokens = int.MaxValue, StopTokens = [],
                Processors = [new CancelAfter(50, cancellation)],
            });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => generator.GenerateAsync(["a", "b", "c"], batchSize: 2, cancellationToken: cancellation.Token));
        Assert.Equal(0, model.LiveCaches);
    }

    [Fact]
    public async Task Two_callers_take_turns()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        GeneratedText[] texts = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => generator.GenerateAsync("" + (char)('a' + i), new GenerationOptions { MaxNewTokens = 4 })));
        Assert.Equal(["bcde", "cdef", "defg", "efgh", "fghi", "ghij", "hijk", "ijkl"], texts.Select(text => text.Text));
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task A_reader_that_leaves_early_frees_the_model()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        await foreach (GeneratedText _ in generator.StreamAsync("a", new GenerationOptions { MaxNewTokens = 60 })) break;
        Assert.Equal(0, _model.LiveCaches);
        Assert.Equal("b", (await generator.GenerateAsync("a", new GenerationOptions { MaxNewTokens = 1 })).Text);
    }

    [Fact]
    public async Task Cancellation_is_an_exception_and_frees_the_model()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        using CancellationTokenSource cancellation = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedText _ in generator.StreamAsync("a", new GenerationOptions { MaxNewTokens = 60 }, cancellation.Token))
                cancellation.Cancel();
        });
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task Text_and_ids_give_the_same_pieces_at_once_or_while_others_work()
    {
        HistoryModel model = new(257, 40);
        using TextGenerator generator = new(
            new ByteTokenizer(), model, new GenerationOptions { Seed = 4, MaxNewTokens = 30, LogProbabilities = 1 });
        int[] ids = [.. "Once"u8.ToArray().Select(value => (int)value)];
        string whole = (await generator.GenerateAsync("Once")).Text;
        GenerationOptions options = generator.Defaults with { StopStrings = [whole[5..7]] };
        List<GeneratedText> expected = [];
        await foreach (GeneratedText piece in generator.StreamAsync("Once", options)) expected.Add(piece);
        List<GeneratedText> ofIds = [];
        await foreach (GeneratedText piece in generator.StreamAsync(ids, options)) ofIds.Add(piece);
        Assert.Equal(
            (whole[..whole.IndexOf(whole[5..7], StringComparison.Ordinal)], FinishReason.StopString),
            (string.Concat(expected), expected[^1].FinishReason));
        foreach (IEnumerable<GeneratedText> pieces in (IEnumerable<GeneratedText>[])[
            ofIds, generator.Stream("Once", options), generator.Stream(ids, options)])
        {
            Assert.Equal(expected.Select(Told), pieces.Select(Told));
            Assert.Equal(expected.Select(Told), pieces.Select(Told)); // each reader has the text from its beginning
        }
        Assert.Equal(0, model.LiveCaches);

        static string Told(GeneratedText piece) =>
            $"{piece.Text} {piece.FinishReason} {piece.PromptTokens} {piece.NewTokens} "
            + string.Join(" ", piece.LogProbabilities.Select(token => $"{token.Drawn}{token.Alternatives[0]}"));
    }

    [Fact]
    public void Pieces_that_are_read_at_once_are_computed_on_the_readers_thread_and_only_as_far_as_he_reads()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        foreach (GeneratedText piece in generator.Stream("a"))
            if (piece.Text == "c") break;
        Assert.Equal(["a"u8.ToArray().Select(value => (int)value), [98]], _model.Inputs);
        Assert.Equal(0, _model.LiveCaches);
        using CancellationTokenSource cancellation = new();
        Assert.Throws<OperationCanceledException>(() =>
        {
            foreach (GeneratedText _ in generator.Stream("a", cancellationToken: cancellation.Token)) cancellation.Cancel();
        });
        Assert.Equal(0, _model.LiveCaches);
        Assert.Equal("b", string.Concat(generator.Stream("a", new GenerationOptions { MaxNewTokens = 1 })));
    }

    [Fact]
    public async Task Defaults_hold_where_a_call_does_not_say()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model, new GenerationOptions { MaxNewTokens = 2 });
        Assert.Equal("bc", (await generator.GenerateAsync("a")).Text);
        Assert.Equal("bcd", (await generator.GenerateAsync("a", generator.Defaults with { MaxNewTokens = 3 })).Text);
    }

    [Fact]
    public void What_cannot_be_continued_is_refused_before_it_is_asked_for()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        string message = Assert.Throws<ArgumentException>(
            () => { generator.StreamAsync("", new GenerationOptions { TopK = -1 }); }).Message;
        Assert.Contains("top_k is -1", message);
        Assert.Contains("The prompt is empty", message);
        Assert.Equal(
            message, Assert.Throws<ArgumentException>(() => { generator.Stream("", new GenerationOptions { TopK = -1 }); }).Message);
        Assert.StartsWith(
            "Token id 257 of the prompt", Assert.Throws<ArgumentException>(() => { generator.Stream(new[] { 1, 257 }); }).Message);
        Assert.StartsWith(
            "Token id -1 of the prompt", Assert.Throws<ArgumentException>(() => { generator.StreamAsync(new[] { -1 }); }).Message);
    }

    [Fact]
    public void Ids_beyond_the_tokenizer_s_are_never_drawn()
    {
        float[] logits = new float[259];
        for (ulong seed = 0; seed < 25; seed++)
        {
            using TextSequence text = new(
                new ByteTokenizer(), new HistoryModel(259, 64), "a", new GenerationOptions { MaxNewTokens = 60, Seed = seed });
            while (text.FinishReason is null)
            {
                HistoryModel.LogitsAfter(text.Tokens.History.Tokens.ToArray(), logits);
                text.Accept(logits);
            }
            Assert.All(text.Tokens.History.Tokens.ToArray(), id => Assert.InRange(id, 0, 256));
        }
    }

    [Fact]
    public async Task What_cannot_be_continued_is_refused()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        Assert.StartsWith("The prompt is empty", (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(""))).Message);
        Assert.StartsWith(
            "The prompt has 65 tokens",
            (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(new string('a', 65)))).Message);
        using TextGenerator mismatched = new(new ByteTokenizer(), new CountingModel(300, 64));
        Assert.StartsWith(
            "The tokenizer has 257 tokens, but the model's vocab_size is 300",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => mismatched.GenerateAsync("a"))).Message);
    }

    private sealed class CancelAfter(int tokens, CancellationTokenSource cancellation) : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits)
        {
            if (history.Length > tokens) cancellation.Cancel();
        }
    }

    /// <summary>Says a fixed sequence of bytes.</summary>
    private sealed class ScriptedModel(byte[] script) : ILanguageModel
    {
        private int _next;

        public int VocabSize => 257;

        public int ContextLength => 64;

        public IKvCache CreateCache() => new CountingModel(257, 64).CreateCache();

        public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
        {
            logits.Fill(float.NegativeInfinity);
            logits[_next < script.Length ? script[_next++] : 256] = 0;
        }
    }
}
