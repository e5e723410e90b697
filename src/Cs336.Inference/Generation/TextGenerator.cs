using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Continues a text with a language model. One generator may be used from several threads; its model then serves one
/// request at a time.
/// </summary>
/// <param name="tokenizer">Turns the prompt into ids and ids into text.</param>
/// <param name="model">The language model; its vocabulary is the tokenizer's.</param>
/// <param name="defaults">How to draw where a call does not say; null for the defaults of <see cref="GenerationOptions"/>.</param>
public sealed class TextGenerator(ITokenizer tokenizer, ILanguageModel model, GenerationOptions? defaults = null) : IDisposable
{
    private readonly TokenGenerator _tokens = new(model);
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>How texts are drawn where a call does not say; <c>Defaults with { ... }</c> changes a part of it.</summary>
    public GenerationOptions Defaults { get; } = defaults ?? new GenerationOptions();

    /// <summary>Streams what follows a prompt, without the prompt itself, in pieces that never split a character.</summary>
    /// <param name="prompt">The text to continue; not empty, and shorter than the model's context.</param>
    /// <param name="options">How to draw; null for <see cref="Defaults"/>.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The pieces; the last carries the finish reason.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, or the options are not sound; thrown when the first piece is asked for.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async IAsyncEnumerable<GeneratedText> StreamAsync(
        string prompt, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        options ??= Defaults;
        options.Validate();
        int[] promptIds = EncodePrompt(prompt, options);
        HashSet<int> stopIds = [.. options.StopTokens.Where(tokenizer.SpecialTokens.ContainsKey).Select(token => tokenizer.SpecialTokens[token])];

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Bounded, so that a reader who has gone away does not leave a whole text's work behind; one thread for the whole text,
        // because a native backend keeps its worker threads by calling thread.
        Channel<GeneratedText> pieces = Channel.CreateBounded<GeneratedText>(new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });
        using CancellationTokenSource readerGone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = Task.Factory.StartNew(
            () => Produce(promptIds, options, stopIds, pieces.Writer, readerGone.Token),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await foreach (GeneratedText piece in pieces.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return piece;
        }
        finally
        {
            await readerGone.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _turn.Release();
        }
    }

    /// <summary>What follows a prompt, without the prompt itself, when it is complete.</summary>
    /// <inheritdoc cref="StreamAsync" path="/param"/>
    /// <inheritdoc cref="StreamAsync" path="/exception"/>
    public async Task<GeneratedText> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        StringBuilder text = new();
        FinishReason? finish = null;
        await foreach (GeneratedText piece in StreamAsync(prompt, options, cancellationToken).ConfigureAwait(false))
        {
            text.Append(piece.Text);
            finish = piece.FinishReason;
        }
        return new GeneratedText(text.ToString(), finish);
    }

    /// <summary>Releases what the generator holds; the model stays its owner's.</summary>
    public void Dispose() => _turn.Dispose();

    private int[] EncodePrompt(string prompt, GenerationOptions options)
    {
        if (tokenizer.VocabSize != model.VocabSize)
            throw new InvalidOperationException($"The tokenizer has {tokenizer.VocabSize} tokens, but the model's vocab_size is {model.VocabSize}: use the tokenizer that the model was trained with.");
        if (prompt.Length == 0)
            throw new ArgumentException("The prompt is empty: give at least one character to continue from.", nameof(prompt));
        return tokenizer.Encode(prompt, options.AllowSpecialTokensInPrompt ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
    }

    private void Produce(int[] promptIds, GenerationOptions options, HashSet<int> stopIds, ChannelWriter<GeneratedText> pieces, CancellationToken cancellationToken)
    {
        try
        {
            StreamingDecoder decoder = new(tokenizer);
            foreach (GeneratedToken token in _tokens.Generate(promptIds, options, stopIds, cancellationToken))
            {
                string text = token.FinishReason is FinishReason.StopToken ? "" : decoder.Append(token.Id);
                if (token.FinishReason is not null) text += decoder.Flush();
                if (text.Length > 0 || token.FinishReason is not null)
                    pieces.WriteAsync(new GeneratedText(text, token.FinishReason), cancellationToken).AsTask().GetAwaiter().GetResult();
            }
            pieces.Complete();
        }
        catch (Exception exception)
        {
            pieces.Complete(exception);
        }
    }
}
