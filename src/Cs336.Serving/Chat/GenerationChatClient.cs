using System.Runtime.CompilerServices;
using System.Text;
using Cs336.Inference;
using Cs336.Parts;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cs336.Serving;

/// <summary>
/// Lets a <see cref="GenerationService"/> be used as an <see cref="IChatClient"/> of Microsoft.Extensions.AI: messages become a prompt by a
/// template, and every chat option that changes an answer is honoured or refused. docs/serving.md has a table of them.
/// </summary>
public sealed class GenerationChatClient : IChatClient
{
    private readonly GenerationService _service;
    private readonly ChatTemplate _template;
    private readonly ChatClientMetadata _metadata;
    private readonly ILogger _logger;

    /// <summary>Makes a client.</summary>
    /// <param name="service">What generates; stays its owner's.</param>
    /// <param name="template">How a conversation is written out.</param>
    /// <param name="modelId">What responses call the model. Default <c>cs336</c>.</param>
    /// <param name="logger">Where options that are passed over are logged, at Debug; null for nowhere.</param>
    /// <exception cref="ArgumentException">The template is not sound.</exception>
    public GenerationChatClient(GenerationService service, ChatTemplate template, string modelId = "cs336", ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(service);
        ArgumentNullException.ThrowIfNull(template);
        ArgumentException.ThrowIfNullOrEmpty(modelId);
        if (template.FindProblems() is { Count: > 0 } problems) throw new ArgumentException(string.Join(Environment.NewLine, problems));
        _service = service;
        _template = template;
        _logger = new GuardedLogger(logger ?? NullLogger.Instance);
        _metadata = new ChatClientMetadata("cs336", providerUri: null, modelId);
    }

    /// <summary>The answer to a conversation, when it is complete.</summary>
    /// <param name="messages">The conversation, text alone.</param>
    /// <param name="options">How to answer; null for the service's defaults.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <exception cref="ArgumentException">There are no messages or too many tokens, or an option is not sound or over a limit.</exception>
    /// <exception cref="NotSupportedException">An option, a role or a content cannot be honoured; the message names it.</exception>
    /// <exception cref="GenerationQueueFullException">Too many requests wait.</exception>
    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        StringBuilder text = new();
        ChatResponse response = new() { ModelId = _metadata.DefaultModelId };
        await foreach (ChatResponseUpdate update in GetStreamingResponseAsync(messages, options, cancellationToken).ConfigureAwait(false))
        {
            text.Append(update.Text);
            (response.ResponseId, response.CreatedAt, response.FinishReason) = (update.ResponseId, update.CreatedAt, update.FinishReason);
            response.Usage = update.Contents.OfType<UsageContent>().SingleOrDefault()?.Details;
        }
        response.Messages.Add(new ChatMessage(ChatRole.Assistant, text.ToString()) { MessageId = response.ResponseId });
        return response;
    }

    /// <summary>
    /// Streams the answer to a conversation in pieces that never split a character; the last has the finish reason and the usage. The call
    /// itself checks and queues it.
    /// </summary>
    /// <inheritdoc cref="GetResponseAsync"/>
    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        GenerationOptions generation = ChatOptionsReader.Read(options, _service.Defaults, _template);
        if (ChatOptionsReader.FindPassedOver(options, _metadata.DefaultModelId!) is { Count: > 0 } passedOver)
            _logger.ChatOptionsPassedOver(string.Join(", ", passedOver));
        GenerationRequest request = new(ChatPrompt.Encode(_service.Tokenizer, _template, options?.Instructions, messages))
        {
            Options = generation,
            Caller = ChatOptionsReader.CallerOf(options),
        };
        return ReadAsync(_service.StreamAsync(request, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType.IsInstanceOfType(this) ? this
            : serviceType.IsInstanceOfType(_service) ? _service
            : null;
    }

    /// <summary>Does nothing: the service stays its owner's.</summary>
    public void Dispose()
    {
    }

    private async IAsyncEnumerable<ChatResponseUpdate> ReadAsync(
        IAsyncEnumerable<GeneratedText> pieces, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string id = Guid.NewGuid().ToString("N");
        DateTimeOffset createdAt = DateTimeOffset.UtcNow;
        int newTokens = 0;
        await foreach (GeneratedText piece in pieces.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            newTokens += piece.NewTokens;
            ChatResponseUpdate update = new(ChatRole.Assistant, piece.Text)
            {
                ResponseId = id, MessageId = id, CreatedAt = createdAt, ModelId = _metadata.DefaultModelId,
                FinishReason = ReasonOf(piece.FinishReason), RawRepresentation = piece,
            };
            if (piece.FinishReason is not null)
            {
                update.Contents.Add(new UsageContent(new UsageDetails
                {
                    InputTokenCount = piece.PromptTokens, OutputTokenCount = newTokens, TotalTokenCount = piece.PromptTokens + newTokens,
                }));
            }
            yield return update;
        }
    }

    private static ChatFinishReason? ReasonOf(FinishReason? reason) => reason switch
    {
        null => null,
        FinishReason.StopToken or FinishReason.StopString => ChatFinishReason.Stop,
        _ => ChatFinishReason.Length,
    };
}
