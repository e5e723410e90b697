using System.Collections.Concurrent;
using System.Diagnostics;
using Cs336.Inference;
using Cs336.Inference.Tests;

namespace Cs336.Serving.Tests;

public sealed class GenerationServiceTests
{
    private static readonly ByteTokenizer Tokenizer = new();
    private static readonly GenerationOptions Endless =
        new() { MaxNewTokens = 1000, StopTokens = [], ContextOverflow = ContextOverflow.Reprime };

    private readonly HistoryModel _model = new(257, 64);

    [Fact]
    public async Task Many_callers_at_once_each_get_the_text_that_the_request_gives_alone()
    {
        GatedModel gated = new(_model); // the first pass waits for all callers, so that they really come at once
        await using GenerationService service = new(Tokenizer, gated, new GenerationServiceOptions { QueueCapacity = 200 });
        GenerationRequest[] requests = [.. Enumerable.Range(0, 120).Select(i => new GenerationRequest($"prompt {i}")
        {
            Caller = $"caller {i % 7}",
            Options = new GenerationOptions { Seed = (ulong)i, MaxNewTokens = 1 + i % 90, TopP = 0.9, TopK = i % 3 * 40,
                ContextOverflow = (ContextOverflow)(i % 2), StopStrings = ["a"] },
        })];
        Task<GeneratedText>[] calls = [.. requests.Select(request => Task.Run(() => service.GenerateAsync(request)))];
        await gated.NextAsync();
        while (service.Status.QueueLength + service.Status.ActiveRequests < requests.Length) await Task.Delay(1);
        gated.Let(120 * 90); // more passes than there can be
        GeneratedText[] texts = await Task.WhenAll(calls);

        using TextGenerator alone = new(Tokenizer, new HistoryModel(257, 64));
        for (int i = 0; i < requests.Length; i++)
            Assert.Equal(await alone.GenerateAsync(requests[i].Prompt!, requests[i].Options), texts[i]);
        Assert.Equal(8, _model.BatchSizes.Max());
        Assert.Equal(new GenerationServiceStatus(0, 200, 0, 8), service.Status);
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task Pieces_stream_as_they_are_drawn_and_requests_join_between_passes()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model);
        IAsyncEnumerator<GeneratedText> first = Stream(service, "a").GetAsyncEnumerator();
        Assert.Equal("a", await model.NextAsync());
        Task<GeneratedText> second = service.GenerateAsync(new GenerationRequest("b") { Options = Endless with { MaxNewTokens = 2 } });
        model.Let();
        Assert.True(await first.MoveNextAsync()); // while the text goes on
        Assert.Equal('b', (await model.NextAsync())[1]);
        Assert.Equal(2, service.Status.ActiveRequests);
        model.Let(2);
        Assert.Equal(2, (await second).NewTokens);
        await first.DisposeAsync();
        model.Let(5);
    }

    [Fact]
    public async Task What_came_while_the_reader_was_busy_is_one_piece()
    {
        GatedModel model = new(_model);
        GenerationRequest request =
            new("abc") { Options = new GenerationOptions { MaxNewTokens = 40, Seed = 1, StopTokens = [], LogProbabilities = 1 } };
        await using GenerationService service = new(Tokenizer, model);
        await using IAsyncEnumerator<GeneratedText> pieces = service.StreamAsync(request).GetAsyncEnumerator();
        for (int pass = 0; pass < 30; pass++)
        {
            await model.NextAsync();
            model.Let();
        }
        await model.NextAsync(); // 30 tokens are drawn
        Assert.True(await pieces.MoveNextAsync());
        GeneratedText first = pieces.Current;
        Assert.InRange(first.NewTokens, 27, 30); // the last may be part of a character
        model.Let(10);
        List<GeneratedText> all = [first];
        while (await pieces.MoveNextAsync()) all.Add(pieces.Current);
        using TextGenerator alone = new(Tokenizer, new HistoryModel(257, 64));
        GeneratedText expected = await alone.GenerateAsync("abc", request.Options), joined = GeneratedText.Join(all);
        Assert.Equal(
            (expected.Text, expected.FinishReason, 40, 40),
            (joined.Text, joined.FinishReason, joined.NewTokens, joined.LogProbabilities.Count));
    }

    [Fact]
    public async Task Callers_who_wait_take_turns()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 });
        ConcurrentBag<Task> tasks = [];
        foreach (string prompt in (string[])["1", "2", "3", "4", "5"]) Ask(prompt, "greedy");
        Assert.Equal("1", await model.NextAsync());
        foreach (string prompt in (string[])["x", "y"]) Ask(prompt, "modest");
        List<char> order = [];
        for (int i = 0; i < 6; i++)
        {
            model.Let();
            order.Add(Assert.Single(await model.NextAsync()));
        }
        model.Let();
        Assert.Equal("2x3y45", string.Concat(order));
        await Task.WhenAll(tasks);

        void Ask(string prompt, string caller) =>
            tasks.Add(service.GenerateAsync(
                new GenerationRequest(prompt) { Caller = caller, Options = new GenerationOptions { MaxNewTokens = 1 } }));
    }

    [Fact]
    public async Task A_full_queue_refuses_and_a_cancelled_request_makes_room()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(
            Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1, QueueCapacity = 3, QueueCapacityPerCaller = 2 });
        using CancellationTokenSource cancellation = new();
        Task<GeneratedText> running = service.GenerateAsync(Short("a", "x"));
        await model.NextAsync();
        Task<GeneratedText> waiting = service.GenerateAsync(Short("b", "x"), cancellation.Token),
            other = service.GenerateAsync(Short("c", "x"));

        GenerationQueueFullException ofCaller = Assert.Throws<GenerationQueueFullException>(
            () => { service.StreamAsync(Short("d", "x")); });
        Assert.Equal((2, 2), (ofCaller.QueueLength, ofCaller.QueueCapacity));
        Assert.StartsWith("2 requests of this caller wait already", ofCaller.Message);
        Task<GeneratedText> another = service.GenerateAsync(Short("e", "y"));
        GenerationQueueFullException ofAll = Assert.Throws<GenerationQueueFullException>(() => { service.StreamAsync(Short("f", "z")); });
        Assert.Equal((3, 3), (ofAll.QueueLength, ofAll.QueueCapacity));
        Assert.Equal(new GenerationServiceStatus(3, 3, 1, 1), service.Status);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Task<GeneratedText> room = service.GenerateAsync(Short("g", "z"));
        model.Let(10);
        await Task.WhenAll(running, other, another, room);

        static GenerationRequest Short(string prompt, string caller) =>
            new(prompt) { Caller = caller, Options = new GenerationOptions { MaxNewTokens = 1 } };
    }

    [Fact]
    public async Task Cancelling_frees_the_place_at_the_next_token()
    {
        GatedModel model = new(_model);
        await using GenerationService service = new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 });
        using CancellationTokenSource cancellation = new();
        Task<GeneratedText> cancelled = service.GenerateAsync(new GenerationRequest("a") { Options = Endless }, cancellation.Token);
        await model.NextAsync();
        Task<GeneratedText> next = service.GenerateAsync(new GenerationRequest("b") { Options = Endless with { MaxNewTokens = 1 } });
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        model.Let();
        Assert.Equal("b", await model.NextAsync());
        model.Let();
        await next;
        await UntilIdle(service);
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task A_thousand_cancelled_requests_leave_nothing_behind()
    {
        await using GenerationService service = new(Tokenizer, _model, new GenerationServiceOptions { QueueCapacity = 2000 });
        await Parallel.ForEachAsync(Enumerable.Range(0, 1000), new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (i, _) =>
        {
            using CancellationTokenSource cancellation = new();
            int pieces = i % 5;
            try
            {
                if (i % 3 == 0) cancellation.CancelAfter(i % 4);
                await foreach (
                    GeneratedText piece in service.StreamAsync(
                    new GenerationRequest("p") { Options = Endless, Caller = $"{i % 9}" }, cancellation.Token))
                    if (--pieces < 0)
                    {
                        if (i % 2 == 0) cancellation.Cancel();
                        else break;
                    }
            }
            catch (OperationCanceledException)
            {
            }
        });
        await UntilIdle(service);
        Assert.Equal(new GenerationServiceStatus(0, 2000, 0, 8), service.Status);
        Assert.Equal(0, _model.LiveCaches);
        Assert.Equal(
            3, (await service.GenerateAsync(new GenerationRequest("p") { Options = Endless with { MaxNewTokens = 3 } })).NewTokens);
    }

    [Fact]
    public async Task What_is_over_a_limit_is_refused_with_all_that_is_wrong()
    {
        await using GenerationService service = new(
            Tokenizer, _model,
            new GenerationServiceOptions { MaxPromptTokens = 10, MaxNewTokens = 20, TimeLimit = TimeSpan.FromSeconds(5) },
            new GenerationOptions { MaxNewTokens = 4, Temperature = 0 });
        GenerationRequest request = new(
            "a prompt of more than ten bytes") { Options = new GenerationOptions { MaxNewTokens = 21, TopP = 0 },
            TimeLimit = TimeSpan.FromSeconds(6) };
        Assert.Equal(
        [
            "max_new_tokens is 21, but this service generates at most 20 at a time.",
            "The time limit is 00:00:06, but must be above 0 and at most 00:00:05.",
            "The prompt has 31 tokens, but this service takes at most 10: shorten the prompt.",
            "top_p is 0, but must be above 0 and at most 1; 1 keeps every token.",
        ], Assert.Throws<ArgumentException>(() => { service.StreamAsync(request); }).Message.Split(Environment.NewLine));
        Assert.StartsWith("The prompt is empty", Refuse(new GenerationRequest("")));
        Assert.StartsWith("Token id 999 of the prompt is outside the vocabulary", Refuse(new GenerationRequest(new[] { 999 })));
        Assert.Contains("more than 10 tokens can hold", Refuse(new GenerationRequest(new string('x', 10_000_000))));
        Assert.Equal(4, (await service.GenerateAsync(new GenerationRequest(new[] { 65, 66 }))).NewTokens);

        string Refuse(GenerationRequest bad) => Assert.Throws<ArgumentException>(() => { service.StreamAsync(bad); }).Message;
    }

    [Fact]
    public void A_service_that_could_not_serve_is_refused()
    {
        string message = Assert.Throws<ArgumentException>(() => new GenerationService(Tokenizer, _model,
            new GenerationServiceOptions { MaxConcurrentRequests = 0, QueueCapacity = 0, QueueCapacityPerCaller = 0, MaxPromptTokens = 0,
                MaxNewTokens = 0, TimeLimit = TimeSpan.Zero, StallTimeout = TimeSpan.Zero },
            new GenerationOptions { TopK = -1 })).Message;
        string[] parts =
        [
            "MaxConcurrentRequests is 0", "QueueCapacity is 0", "QueueCapacityPerCaller is 0", "MaxPromptTokens is 0", "MaxNewTokens is 0",
            "TimeLimit is 00:00:00", "StallTimeout is 00:00:00", "top_k is -1", "raise this or lower that",
        ];
        foreach (string part in parts)
            Assert.Contains(part, message);
        Assert.StartsWith(
            "The tokenizer has 257 tokens",
            Assert.Throws<InvalidOperationException>(() => new GenerationService(Tokenizer, new HistoryModel(300, 8))).Message);
    }

    [Fact]
    public async Task A_text_ends_where_it_is_when_its_time_is_over_and_one_that_waits_ends_empty()
    {
        ManualTime time = new();
        GatedModel model = new(_model);
        await using GenerationService service =
            new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 },
            observers: new GenerationObservers { Time = time });
        Task<GeneratedText> running = service.GenerateAsync(
            new GenerationRequest("a") { Options = Endless, TimeLimit = TimeSpan.FromSeconds(10) });
        await model.NextAsync();
        Task<GeneratedText> waiting = service.GenerateAsync(
            new GenerationRequest("b") { Options = Endless, TimeLimit = TimeSpan.FromSeconds(5) });
        model.Let();
        await model.NextAsync();
        time.Advance(TimeSpan.FromSeconds(6));
        model.Let();
        Assert.Equal(new GeneratedText("", FinishReason.TimeLimit) { PromptTokens = 1 }, await waiting);
        await model.NextAsync();
        Assert.False(running.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(6));
        model.Let();
        GeneratedText text = await running;
        Assert.Equal((FinishReason.TimeLimit, 3), (text.FinishReason, text.NewTokens));
        await UntilIdle(service);
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task A_model_that_does_not_come_back_holds_nobody_up_for_ever()
    {
        GatedModel model = new(_model);
        TimeSpan limit = TimeSpan.FromMilliseconds(100), stall = TimeSpan.FromMilliseconds(200);
        GenerationServiceOptions options = new() { MaxConcurrentRequests = 1, TimeLimit = limit, StallTimeout = stall };
        await using GenerationService service = new(Tokenizer, model, options);
        Task<GeneratedText> running = service.GenerateAsync(new GenerationRequest("a") { Options = Endless });
        await model.NextAsync();
        Task<GeneratedText> waiting = service.GenerateAsync(new GenerationRequest("b") { Options = Endless });
        string message = (await Assert.ThrowsAsync<TimeoutException>(() => running)).Message;
        Assert.Equal("The model has not come back for 00:00:00.2000000 after the text's time limit: the text is given up.", message);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        Assert.True(service.Status.IsStalled);
        model.Let(1000); // it comes back after all
        await UntilIdle(service);
        Assert.False(service.Status.IsStalled);
        Assert.Equal(
            1, (await service.GenerateAsync(new GenerationRequest("c") { Options = Endless with { MaxNewTokens = 1 } })).NewTokens);
    }

    [Fact]
    public async Task A_reader_who_is_slower_than_the_limits_gets_the_whole_text()
    {
        GenerationServiceOptions options =
            new() { TimeLimit = TimeSpan.FromMilliseconds(500), StallTimeout = TimeSpan.FromMilliseconds(1) };
        await using GenerationService service = new(Tokenizer, _model, options);
        int tokens = 0;
        await foreach (
            GeneratedText piece in service.StreamAsync(
            new GenerationRequest("a") { Options = Endless with { MaxNewTokens = 3, Seed = 1 } }))
        {
            tokens += piece.NewTokens;
            await Task.Delay(600);
        }
        Assert.Equal(3, tokens);
    }

    [Fact]
    public async Task Another_model_takes_over_without_dropping_a_request()
    {
        GatedModel before = new(_model);
        HistoryModel after = new(257, 32);
        GenerationOptions options = new() { Seed = 3, MaxNewTokens = 6, StopTokens = [], Processors = [new Shift()] };
        await using GenerationService service = new(Tokenizer, before, new GenerationServiceOptions { MaxConcurrentRequests = 2 });
        Task<GeneratedText>[] onBefore =
            [.. Enumerable.Range(0, 2).Select(i => service.GenerateAsync(new GenerationRequest($"old {i}") { Options = options }))];
        await before.NextAsync();
        Task<GeneratedText> waits = service.GenerateAsync(new GenerationRequest("waits") { Options = options });
        Task<ILanguageModel> reload = service.ReloadAsync(after);
        Task<GeneratedText> asked = service.GenerateAsync(new GenerationRequest("asked after") { Options = options });
        Assert.False(reload.IsCompleted);
        before.Let(100);
        Assert.Same(before, await reload);
        Assert.Equal(0, _model.LiveCaches); // nothing of it is used any more
        await Task.WhenAll([.. onBefore, waits, asked]);
        Assert.All(onBefore, text => Assert.Equal(6, text.Result.NewTokens));
        Assert.NotEmpty(after.BatchSizes);
        Assert.Equal([6, 6], new[] { waits, asked }.Select(text => text.Result.NewTokens));
        Assert.StartsWith(
            "The tokenizer has 257 tokens",
            (await Assert.ThrowsAsync<InvalidOperationException>(() => service.ReloadAsync(new HistoryModel(256, 9)))).Message);
        Assert.Same(after, await service.ReloadAsync(_model)); // at once, where nothing runs
    }

    [Fact]
    public async Task A_request_that_fails_takes_no_other_with_it()
    {
        await using GenerationService service = new(Tokenizer, _model);
        Task<GeneratedText> good = service.GenerateAsync(new GenerationRequest("good") { Options = Endless with { MaxNewTokens = 50 } });
        Task<GeneratedText> bad = service.GenerateAsync(
            new GenerationRequest("bad") { Options = Endless with { Processors = [new Failing()] } });
        Assert.Equal("a processor's own fault", (await Assert.ThrowsAsync<NotSupportedException>(() => bad)).Message);
        Assert.Equal(50, (await good).NewTokens);
        await UntilIdle(service);
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task A_pass_that_fails_ends_its_texts_and_the_service_goes_on()
    {
        FailingOnce model = new(_model);
        await using GenerationService service = new(Tokenizer, model);
        Assert.Equal(
            "out of memory, perhaps",
            (await Assert.ThrowsAsync<IOException>(() => service.GenerateAsync(new GenerationRequest("a")))).Message);
        Assert.Equal(
            5, (await service.GenerateAsync(new GenerationRequest("a") { Options = Endless with { MaxNewTokens = 5 } })).NewTokens);
        Assert.Equal(0, _model.LiveCaches);
    }

    [Fact]
    public async Task A_service_that_stops_tells_those_who_wait()
    {
        GatedModel model = new(_model);
        GenerationService service = new(Tokenizer, model, new GenerationServiceOptions { MaxConcurrentRequests = 1 });
        Task<GeneratedText> running = service.GenerateAsync(new GenerationRequest("a") { Options = Endless }),
            waiting = service.GenerateAsync(new GenerationRequest("b"));
        await model.NextAsync();
        ValueTask stopping = service.DisposeAsync();
        model.Let();
        await stopping;
        await Assert.ThrowsAsync<ObjectDisposedException>(() => running);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        Assert.Throws<ObjectDisposedException>(() => { service.StreamAsync(new GenerationRequest("a")); });
        await Assert.ThrowsAsync<ObjectDisposedException>(() => service.ReloadAsync(model));
        Assert.Equal(0, _model.LiveCaches);
        service.Dispose();
    }

    private static IAsyncEnumerable<GeneratedText> Stream(GenerationService service, string prompt) =>
        service.StreamAsync(
            new GenerationRequest(
            prompt) { Options = Endless with { StopStrings = [], LogitBias = new Dictionary<int, double> { ['z'] = 1000 } } });

    private static async Task UntilIdle(GenerationService service)
    {
        Stopwatch watch = Stopwatch.StartNew();
        while (service.Status is not { ActiveRequests: 0, QueueLength: 0 })
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"still busy: {service.Status}");
            await Task.Delay(2);
        }
    }

    private sealed class Shift : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits) => logits[history.Length % logits.Length] += 3;
    }

    private sealed class Failing : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits) => throw new NotSupportedException("a processor's own fault");
    }

    private sealed class FailingOnce(HistoryModel inner) : ILanguageModel
    {
        private bool _failed;

        public int VocabSize => inner.VocabSize;

        public int ContextLength => inner.ContextLength;

        public IKvCache CreateCache() => inner.CreateCache();

        public void Forward(ReadOnlySpan<DecodingInput> batch, Span<float> logits)
        {
            if (!_failed)
            {
                _failed = true;
                throw new IOException("out of memory, perhaps");
            }
            inner.Forward(batch, logits);
        }
    }
}
