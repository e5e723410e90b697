using System.Text;
using Cs336.Inference;
using Cs336.Inference.Tests;

namespace Cs336.Serving.Tests;

/// <summary>Readers that are slow, stand still or go away: nobody else notices.</summary>
public sealed class ReaderChaosTests
{
    private static readonly ByteTokenizer Tokenizer = new();
    private static readonly GenerationOptions Letters = new() { StopTokens = [], Seed = 1, Processors = [new Alphabet()] };
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HistoryModel _model = new(257, 64);

    [Fact]
    public async Task A_reader_who_stands_still_holds_nobody_up_and_misses_nothing()
    {
        await using GenerationService service = new(Tokenizer, _model);
        IAsyncEnumerator<GeneratedText>[] still =
            [.. Enumerable.Range(0, 8).Select(_ => service.StreamAsync(Ask("still", 40)).GetAsyncEnumerator())];
        // and no further
        foreach (IAsyncEnumerator<GeneratedText> reader in still) Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Patience));
        for (int i = 0; i < 20; i++) Assert.Equal(30, (await service.GenerateAsync(Ask("quick", 30)).WaitAsync(Patience)).NewTokens);
        foreach (IAsyncEnumerator<GeneratedText> reader in still)
        {
            StringBuilder text = new(reader.Current.Text);
            int more = 0;
            for (; await reader.MoveNextAsync().AsTask().WaitAsync(Patience); more++) text.Append(reader.Current.Text);
            Assert.Equal((await service.GenerateAsync(Ask("still", 40))).Text, text.ToString());
            Assert.InRange(more, 0, 1); // all that had come meanwhile
            await reader.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Whoever_leaves_after_some_pieces_or_before_the_first_frees_his_place(int pieces)
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 });
        IAsyncEnumerator<GeneratedText> leaver = service.StreamAsync(Ask("a", 50)).GetAsyncEnumerator();
        Task<GeneratedText> next = service.GenerateAsync(Ask("b", 1));
        for (int i = 0; i < pieces; i++)
        {
            await model.NextAsync();
            model.Let();
            Assert.True(await leaver.MoveNextAsync().AsTask().WaitAsync(Patience));
        }
        Assert.Equal("a", pieces == 0 ? await model.NextAsync() : "a");
        await leaver.DisposeAsync();
        model.Let(2);
        Assert.Equal(1, (await next.WaitAsync(Patience)).NewTokens);
        await service.DisposeAsync();
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task Whoever_leaves_the_queue_unread_makes_room_there()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(
            Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1, QueueCapacity = 1 });
        Task<GeneratedText> running = service.GenerateAsync(Ask("a", 1));
        await model.NextAsync();
        IAsyncEnumerator<GeneratedText> leaver = service.StreamAsync(Ask("b", 1)).GetAsyncEnumerator();
        Assert.Throws<GenerationQueueFullException>(() => { service.StreamAsync(Ask("c", 1)); });
        await leaver.DisposeAsync();
        Task<GeneratedText> room = service.GenerateAsync(Ask("d", 1));
        model.Let(2);
        await Task.WhenAll(running, room).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_second_reader_of_one_text_is_refused()
    {
        await using GenerationService service = new(Tokenizer, _model);
        IAsyncEnumerable<GeneratedText> pieces = service.StreamAsync(Ask("a", 3));
        await using IAsyncEnumerator<GeneratedText> first = pieces.GetAsyncEnumerator();
        Assert.StartsWith(
            "The pieces of a text can be read once",
            Assert.Throws<InvalidOperationException>(() => { pieces.GetAsyncEnumerator(); }).Message);
        Assert.True(await first.MoveNextAsync());
    }

    [Fact]
    public async Task A_reader_whose_own_token_is_cancelled_leaves()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 });
        using CancellationTokenSource ofReader = new();
        IAsyncEnumerator<GeneratedText> reader = service.StreamAsync(Ask("a", 50)).GetAsyncEnumerator(ofReader.Token);
        Task<bool> first = reader.MoveNextAsync().AsTask();
        await model.NextAsync();
        await ofReader.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        Task<GeneratedText> next = service.GenerateAsync(Ask("b", 1));
        model.Let(2);
        Assert.Equal(1, (await next.WaitAsync(Patience)).NewTokens);
    }

    private static GenerationRequest Ask(string prompt, int tokens) => new(prompt) { Options = Letters with { MaxNewTokens = tokens } };

    /// <summary>Every token is a letter, so that every token makes a piece.</summary>
    private sealed class Alphabet : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits)
        {
            logits[..'a'].Fill(float.NegativeInfinity);
            logits[('z' + 1)..].Fill(float.NegativeInfinity);
        }
    }
}
