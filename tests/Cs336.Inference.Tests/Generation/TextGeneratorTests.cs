using System.Buffers;
using Cs336.Tokenizers;

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
        Assert.Equal([new("c", null), new("d", null), new("e", FinishReason.MaxNewTokens)], pieces);
    }

    [Fact]
    public async Task A_stop_token_ends_the_text_and_is_not_part_of_it()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        // Id 256 is the stop token; 254 and 255 are no UTF-8 at all.
        GeneratedText text = await generator.GenerateAsync("<|253|>", new GenerationOptions { AllowSpecialTokensInPrompt = true });
        Assert.Equal(new GeneratedText("\uFFFD\uFFFD", FinishReason.StopToken), text);
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
    public async Task Two_callers_take_turns()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        GeneratedText[] texts = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => generator.GenerateAsync("" + (char)('a' + i), new GenerationOptions { MaxNewTokens = 4 })));
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
            await foreach (GeneratedText _ in generator.StreamAsync("a", new GenerationOptions { MaxNewTokens = 60 }, cancellation.Token)) cancellation.Cancel();
        });
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task Defaults_hold_where_a_call_does_not_say()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model, new GenerationOptions { MaxNewTokens = 2 });
        Assert.Equal("bc", (await generator.GenerateAsync("a")).Text);
        Assert.Equal("bcd", (await generator.GenerateAsync("a", generator.Defaults with { MaxNewTokens = 3 })).Text);
    }

    [Fact]
    public async Task What_cannot_be_continued_is_refused()
    {
        using TextGenerator generator = new(new ByteTokenizer(), _model);
        Assert.StartsWith("The prompt is empty", (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(""))).Message);
        Assert.StartsWith("The prompt has 65 tokens", (await Assert.ThrowsAsync<ArgumentException>(() => generator.GenerateAsync(new string('a', 65)))).Message);
        using TextGenerator mismatched = new(new ByteTokenizer(), new CountingModel(300, 64));
        Assert.StartsWith("The tokenizer has 257 tokens, but the model's vocab_size is 300", (await Assert.ThrowsAsync<InvalidOperationException>(() => mismatched.GenerateAsync("a"))).Message);
    }

    /// <summary>Each byte is a token of its own; <c>&lt;|endoftext|&gt;</c> is 256, and <c>&lt;|253|&gt;</c> stands for the byte 253.</summary>
    private sealed class ByteTokenizer : ITokenizer
    {
        private static readonly byte[][] Tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "<|endoftext|>"u8.ToArray()];

        public int VocabSize => Tokens.Length;

        public IReadOnlyDictionary<string, int> SpecialTokens { get; } = new Dictionary<string, int> { ["<|endoftext|>"] = 256, ["<|253|>"] = 253 };

        public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
        {
            if (specialTokens == SpecialTokenHandling.Allow && utf8Text.SequenceEqual("<|253|>"u8)) ids.Write([253]);
            else foreach (byte value in utf8Text) ids.Write([(int)value]);
        }

        public ReadOnlySpan<byte> GetTokenBytes(int id) => Tokens[id];
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
