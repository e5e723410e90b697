using System.Diagnostics;
using System.Threading.Channels;
using Cs336.Inference;

namespace Cs336.Serving;

/// <summary>A request on its way through a <see cref="GenerationService"/>.</summary>
internal sealed class PendingGeneration(
    GenerationRequest request, int[] promptIds, GenerationOptions options, long begunAt, long deadline, CancellationToken cancellationToken)
{
    // Not bounded, so that no reader holds the others up; the limit of new tokens bounds it.
    private readonly Channel<GeneratedText> _pieces =
        Channel.CreateUnbounded<GeneratedText>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    private volatile bool _abandoned;

    public string Caller => request.Caller;

    public int[] PromptIds => promptIds;

    public GenerationOptions Options => options;

    /// <summary>A timestamp of the service's clock, as <see cref="Deadline"/>.</summary>
    public long BegunAt => begunAt;

    public long Deadline => deadline;

    public ActivityContext Parent { get; } = Activity.Current?.Context ?? default;

    public bool IsCancelled => _abandoned || cancellationToken.IsCancellationRequested;

    public ChannelReader<GeneratedText> Pieces => _pieces.Reader;

    /// <summary>Set when the request leaves the queue.</summary>
    public ServedModel? Model { get; set; }

    /// <inheritdoc cref="Model"/>
    public TextSequence? Text { get; set; }

    /// <summary>The whole text so far, where it is to be logged.</summary>
    public List<string>? LoggedText { get; set; }

    public int NewTokens => Text?.Tokens.NewTokens ?? 0;

    /// <summary>The reader has gone: nobody wants the rest.</summary>
    public void Abandon() => _abandoned = true;

    public void Write(GeneratedText piece)
    {
        LoggedText?.Add(piece.Text);
        if (piece.Text.Length > 0 || piece.FinishReason is not null) _pieces.Writer.TryWrite(piece);
    }

    /// <summary>Gives the reader the end of the text.</summary>
    public void Complete(Exception? exception) => _pieces.Writer.TryComplete(exception);

    public OperationCanceledException MakeCancelledException() =>
        cancellationToken.IsCancellationRequested
            ? new OperationCanceledException(cancellationToken)
            : new OperationCanceledException("The reader of the text has gone.");
}
