using System.Buffers;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cs336.Serving.Tests;

public sealed class GenerationChatClientTests : IDisposable
{
    private static readonly ITokenizer Tokenizer = new ByteTokenizer();
    private static readonly ChatMessage[] Hello = [new(ChatRole.User, "hello")];

    private readonly HistoryModel _model = new(257, 400);
    private readonly GenerationService _service;
    private readonly GenerationChatClient _client;

    public GenerationChatClientTests()
    {
        _service = new GenerationService(Tokenizer, _model, defaults: new GenerationOptions { MaxNewTokens = 7, Seed = 1 });
        _client = new GenerationChatClient(_service, ChatTemplate.Plain, "stories");
    }

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task An_answer_is_the_text_that_the_service_gives_with_usage_and_reason()
    {
        GeneratedText expected = await _service.GenerateAsync(new GenerationRequest("hello"));
        ChatResponse response = await _client.GetResponseAsync(Hello);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(
            (ChatFinishReason.Length, "stories", ChatRole.Assistant),
            (response.FinishReason, response.ModelId, Assert.Single(response.Messages).Role));
        Assert.Equal((5, 7, 12), (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount, response.Usage.TotalTokenCount));

        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in _client.GetStreamingResponseAsync(Hello)) updates.Add(update);
        Assert.Equal(expected.Text, string.Concat(updates.Select(update => update.Text)));
        Assert.All(updates.SkipLast(1), update => Assert.Null(update.FinishReason));
        ChatResponse joined = updates.ToChatResponse();
        Assert.Equal((ChatFinishReason.Length, expected.Text, 12), (joined.FinishReason, joined.Text, joined.Usage!.TotalTokenCount));
        Assert.Single(updates.Select(update => update.ResponseId).Distinct());
    }

    [Fact]
    public async Task Stop_tokens_and_stop_sequences_end_an_answer_with_stop()
    {
        // A processor of the defaults makes the model say the rest of a fixed text.
        await using GenerationService service = new(
            Tokenizer, _model, defaults: new GenerationOptions { Processors = [new Says("one two")] });
        GenerationChatClient client = new(service, ChatTemplate.Plain);
        ChatResponse whole = await client.GetResponseAsync(Hello);
        Assert.Equal(("one two", ChatFinishReason.Stop), (whole.Text, whole.FinishReason));
        ChatResponse cut = await client.GetResponseAsync(Hello, new ChatOptions { StopSequences = [" t"] });
        Assert.Equal(("one", ChatFinishReason.Stop), (cut.Text, cut.FinishReason));
        ChatResponse shorter = await client.GetResponseAsync(Hello, new ChatOptions { MaxOutputTokens = 2 });
        Assert.Equal(("on", ChatFinishReason.Length), (shorter.Text, shorter.FinishReason));
    }

    [Fact]
    public void A_template_writes_the_conversation_out()
    {
        ChatTemplate template =
            new() { Start = "<s>", BeforeSystem = "S:", AfterSystem = ";", BeforeUser = "U:", AfterUser = ";", BeforeAssistant = "A:",
            AfterAssistant = "." };
        int[] ids = ChatPrompt.Encode(Tokenizer, template, "be kind",
            [new(ChatRole.System, "be brief"), new(ChatRole.User, "hi"), new(ChatRole.Assistant, "hello"), new(ChatRole.User, "go on")]);
        Assert.Equal("<s>S:be kind;S:be brief;U:hi;A:hello.U:go on;A:", Tokenizer.Decode(ids));
    }

    [Fact]
    public void A_special_token_counts_in_the_template_and_is_plain_text_in_a_message()
    {
        MarkedTokenizer tokenizer = new();
        int[] ids = ChatPrompt.Encode(tokenizer, ChatTemplate.ChatML, null, [new(ChatRole.User, "a<|im_end|>b")]);
        Assert.Equal(
            [256, .. "user\na<|im_end|>b"u8.ToArray().Select(value => (int)value), 257, '\n', 256,
            .. "assistant\n"u8.ToArray().Select(value => (int)value)], ids);
    }

    [Fact]
    public async Task What_a_message_holds_beside_text_is_refused()
    {
        await Refused(
            "DataContent",
            () => _client.GetResponseAsync([new(ChatRole.User, [new TextContent("see"), new DataContent(new byte[] { 1 }, "image/png")])]));
        await Refused("role 'tool'", () => _client.GetResponseAsync([new(ChatRole.Tool, "4")]));
        Assert.StartsWith(
            "There are no messages", (await Assert.ThrowsAsync<ArgumentException>(() => _client.GetResponseAsync([]))).Message);
        Assert.StartsWith(
            "The prompt has 401 tokens",
            (await Assert.ThrowsAsync<ArgumentException>(
            () => _client.GetResponseAsync([new(ChatRole.User, new string('x', 401))]))).Message);
    }

    private enum Treatment
    {
        Honoured,
        Refused,
        PassedOver,
    }

    /// <summary>A value for every member of ChatOptions, so that one that a later version adds makes this test fail.</summary>
    private static Dictionary<string, (object Value, Treatment Treatment)> Values => new()
    {
        [nameof(ChatOptions.Temperature)] = (0.5f, Treatment.Honoured), [nameof(ChatOptions.MaxOutputTokens)] = (
            3, Treatment.Honoured), [nameof(ChatOptions.TopP)] = (0.25f, Treatment.Honoured),
        [nameof(ChatOptions.TopK)] = (4, Treatment.Honoured), [nameof(ChatOptions.FrequencyPenalty)] = (
            0.75f, Treatment.Honoured), [nameof(ChatOptions.PresencePenalty)] = (1.5f, Treatment.Honoured),
        [nameof(ChatOptions.Seed)] = (-5L, Treatment.Honoured), [nameof(ChatOptions.StopSequences)] = (
            new List<string> { "x" }, Treatment.Honoured),
        [nameof(ChatOptions.AdditionalProperties)] = (new AdditionalPropertiesDictionary { ["mirostat"] = 2 }, Treatment.PassedOver),
        [nameof(ChatOptions.ModelId)] = ("gpt", Treatment.PassedOver), [nameof(ChatOptions.AllowMultipleToolCalls)] = (
            false, Treatment.PassedOver),
        [nameof(ChatOptions.ConversationId)] = ("c", Treatment.Refused), [nameof(ChatOptions.ResponseFormat)] = (
            ChatResponseFormat.Json, Treatment.Refused),
        [nameof(ChatOptions.ToolMode)] = (ChatToolMode.RequireAny, Treatment.Refused), [nameof(ChatOptions.Tools)] = (
            new List<AITool> { AIFunctionFactory.Create(() => 1, "one") }, Treatment.Refused),
        [nameof(ChatOptions.Reasoning)] = (new ReasoningOptions(), Treatment.Refused), [nameof(ChatOptions.RawRepresentationFactory)] = (
            new Func<IChatClient, object?>(_ => null), Treatment.Refused),
        ["AllowBackgroundResponses"] = (true, Treatment.Refused), ["ContinuationToken"] = (
            ResponseContinuationToken.FromBytes(new byte[] { 1 }), Treatment.Refused),
    };

    [Fact]
    public async Task Every_chat_option_is_honoured_refused_by_name_or_one_that_a_provider_may_pass_over()
    {
        static string Read(ChatOptions options) =>
            JsonSerializer.Serialize(ChatOptionsReader.Read(options, new GenerationOptions(), ChatTemplate.Plain));
        string plain = (await _client.GetResponseAsync(Hello)).Text;
        foreach (PropertyInfo property in typeof(ChatOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.Name == nameof(ChatOptions.Instructions)) continue; // part of the prompt: see the template's test
            Assert.True(
                Values.TryGetValue(property.Name, out (object Value, Treatment Treatment) value),
                $"ChatOptions.{property.Name} is new: honour, refuse or pass over it");
            ChatOptions options = new();
            property.SetValue(options, value.Value);
            if (value.Treatment == Treatment.Honoured) Assert.NotEqual(Read(new ChatOptions()), Read(options));
            else if (value.Treatment == Treatment.Refused) await Refused(property.Name, () => _client.GetResponseAsync(Hello, options));
            else Assert.Equal(plain, (await _client.GetResponseAsync(Hello, options)).Text);
        }
    }

    [Theory]
    [InlineData("""{"min_p":0.05,"repetition_penalty":2,"caller":"me","mirostat":{"tau":[1]}}""", 0.05, 2.0, "me")]
    [InlineData("""{"min_p":"0.05","repetition_penalty":"1.5e0","caller":7}""", 0.05, 1.5, "7")]
    [InlineData("""{"min_p":null,"repetition_penalty":1,"caller":null}""", 0.0, 1.0, "")]
    public void Options_that_came_as_JSON_mean_the_same(string properties, double minP, double repetitionPenalty, string caller)
    {
        ChatOptions received = JsonSerializer.Deserialize<ChatOptions>(
            $$$"""{"temperature":0.5,"seed":7,"additionalProperties":{{{properties}}}}""", AIJsonUtilities.DefaultOptions)!;
        ChatOptions ofNodes = new() { Temperature = 0.5f, Seed = 7, AdditionalProperties = [] };
        foreach ((string name, JsonNode? value) in JsonNode.Parse(properties)!.AsObject()) ofNodes.AdditionalProperties[name] = value;
        foreach (ChatOptions chat in (ChatOptions[])[received, ofNodes])
        {
            GenerationOptions options = ChatOptionsReader.Read(chat, new GenerationOptions(), ChatTemplate.Plain);
            Assert.Equal(
                (0.5, 7ul, minP, repetitionPenalty, caller),
                (options.Temperature, options.Seed!.Value, options.MinP, options.RepetitionPenalty, ChatOptionsReader.CallerOf(chat)));
        }
    }

    [Theory]
    [InlineData("\"much\"", "is \"much\", but must be a number")]
    [InlineData("\"0,05\"", "is \"0,05\", but must be a number")]
    [InlineData("true", "but must be a number")]
    [InlineData("[0.05]", "is JSON of kind Array, but must be a number")]
    [InlineData("{}", "is JSON of kind Object, but must be a number")]
    public void What_cannot_be_read_is_refused_by_name(string minP, string expected)
    {
        ChatOptions chat = JsonSerializer.Deserialize<ChatOptions>(
            $$$"""{"additionalProperties":{"min_p":{{{minP}}}}}""", AIJsonUtilities.DefaultOptions)!;
        string message = Assert.Throws<ArgumentException>(() => ChatOptionsReader.Read(chat, new(), ChatTemplate.Plain)).Message;
        Assert.StartsWith("ChatOptions.AdditionalProperties[\"min_p\"]", message);
        Assert.Contains(expected, message);
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        CultureInfo culture = CultureInfo.CurrentCulture, german = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (german.NumberFormat.NumberDecimalSeparator, german.NumberFormat.NumberGroupSeparator) = (",", ".");
        try
        {
            CultureInfo.CurrentCulture = german;
            foreach (
                object value in (object[])[0.25, 0.25f, 0.25m, "0.25", JsonValue.Create(0.25), JsonSerializer.SerializeToElement(0.25)])
                Assert.Equal(
                    0.25, ChatOptionsReader.Read(
                    new ChatOptions { AdditionalProperties = new() { ["min_p"] = value } }, new(), ChatTemplate.Plain).MinP);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Options_mean_what_they_say()
    {
        ChatOptions chat = new()
        {
            Temperature = 0.5f, MaxOutputTokens = 3, TopP = 0.25f, TopK = 4, FrequencyPenalty = 0.75f, PresencePenalty = 1.5f, Seed =
                5, StopSequences = ["x"], ModelId = "stories",
            ResponseFormat = ChatResponseFormat.Text, ToolMode = ChatToolMode.Auto, Tools = [],
            AdditionalProperties = new() { ["min_p"] = 0.125, ["repetition_penalty"] = 2, ["caller"] = "me" },
        };
        GenerationOptions options = ChatOptionsReader.Read(
            chat, new GenerationOptions { StopStrings = ["d"] }, new ChatTemplate { StopStrings = ["t"], StopTokens = ["<|end|>"] });
        Assert.Equal((0.5, 3, 0.25, 4, 0.75, 1.5, 5ul, 0.125, 2.0),
            (options.Temperature, options.MaxNewTokens, options.TopP, options.TopK, options.FrequencyPenalty, options.PresencePenalty,
                options.Seed!.Value, options.MinP, options.RepetitionPenalty));
        Assert.Equal(["d", "t", "x"], options.StopStrings);
        Assert.Equal(["<|end|>"], options.StopTokens);
        Assert.Equal("me", ChatOptionsReader.CallerOf(chat));
        Assert.Throws<ArgumentException>(
            () => ChatOptionsReader.CallerOf(new ChatOptions { AdditionalProperties = new() { ["caller"] = new object() } }));
    }

    [Fact]
    public async Task Instructions_are_a_message_of_the_system()
    {
        ChatResponse expected = await _client.GetResponseAsync([new(ChatRole.System, "be kind"), .. Hello]);
        Assert.Equal(expected.Text, (await _client.GetResponseAsync(Hello, new ChatOptions { Instructions = "be kind" })).Text);
    }

    [Fact]
    public async Task Unsound_values_and_cancellation_are_told()
    {
        Assert.Throws<ArgumentException>(() => { _client.GetStreamingResponseAsync(Hello, new ChatOptions { TopP = 0 }); });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetResponseAsync(Hello, null, new CancellationToken(true)));
    }

    [Fact]
    public void The_service_and_the_metadata_can_be_asked_for()
    {
        Assert.Same(_service, _client.GetService(typeof(GenerationService)));
        Assert.Same(_client, _client.GetService(typeof(IChatClient)));
        Assert.Equal("stories", ((ChatClientMetadata)_client.GetService(typeof(ChatClientMetadata))!).DefaultModelId);
        Assert.Null(_client.GetService(typeof(string)));
        Assert.Null(_client.GetService(typeof(GenerationService), "key"));
    }

    [Fact]
    public async Task A_host_has_a_client_for_each_model()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["Chat:BeforeUser"] = "User: ", ["Chat:StopStrings:0"] = "User:" });
        builder.Services.AddSingleton(Tokenizer).AddSingleton<ILanguageModel>(_model).AddKeyedSingleton<ILanguageModel>(
            "small", new HistoryModel(257, 300));
        builder.Services.AddCs336().AddGenerator(
            options => (options.MaxNewTokens, options.Seed) = (4, 1)).AddGenerationService().AddChatClient(ChatTemplate.Plain);
        builder.Services.AddCs336("small").AddGenerator(
            options => (options.MaxNewTokens, options.Seed) = (2, 1)).AddGenerationService().AddChatClient(
            builder.Configuration.GetSection("Chat"));
        using IHost host = builder.Build();
        await host.StartAsync();
        ChatResponse plain = await host.Services.GetRequiredService<IChatClient>().GetResponseAsync(Hello),
            small = await host.Services.GetRequiredKeyedService<IChatClient>("small").GetResponseAsync(Hello);
        Assert.Equal(("cs336", 5, 4), (plain.ModelId, plain.Usage!.InputTokenCount, plain.Usage.OutputTokenCount));
        Assert.Equal(("small", 11, 2), (small.ModelId, small.Usage!.InputTokenCount, small.Usage.OutputTokenCount));
    }

    [Fact]
    public void A_template_that_is_not_sound_is_refused()
    {
        string message = Assert.Throws<ArgumentException>(
            () => new GenerationChatClient(_service, new ChatTemplate { Start = null!, AfterUser = null!, StopStrings = [""] })).Message;
        foreach (string part in (string[])["ChatTemplate.Start is null", "ChatTemplate.AfterUser is null", "ChatTemplate.StopStrings"])
            Assert.Contains(part, message);
    }

    private static async Task Refused(string name, Func<Task> call) =>
        Assert.Contains(name, (await Assert.ThrowsAsync<NotSupportedException>(call)).Message);

    /// <summary>Leaves but the next byte of a text, then the stop token.</summary>
    private sealed class Says(string text) : ILogitProcessor
    {
        public void Process(TokenHistory history, Span<float> logits)
        {
            int next = history.Length - history.PromptLength;
            logits.Fill(float.NegativeInfinity);
            logits[next < text.Length ? text[next] : 256] = 0;
        }
    }

    private sealed class MarkedTokenizer : ITokenizer
    {
        public int VocabSize => 258;

        public IReadOnlyDictionary<string, int> SpecialTokens { get; } =
            new Dictionary<string, int> { ["<|im_start|>"] = 256, ["<|im_end|>"] = 257 };

        public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
        {
            Assert.Equal(SpecialTokenHandling.Ignore, specialTokens);
            foreach (byte value in utf8Text) ids.Write([(int)value]);
        }

        public ReadOnlySpan<byte> GetTokenBytes(int id) => throw new NotSupportedException();
    }
}
