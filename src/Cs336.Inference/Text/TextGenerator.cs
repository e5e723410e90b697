using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>
/// Continues a text with a language model. One generator may be used from several threads; its model then serves one
/// call at a time.
/// </summary>
/// <param name="tokenizer">Turns the prompt into ids and ids into text.</param>
/// <param name="model">The language model; its vocabulary is the tokenizer's.</param>
/// <param name="defaults">How to draw where a call does not say; null for the defaults of <see cref="GenerationOptions"/>.</param>
public sealed class TextGenerator(ITokenizer tokenizer, ILanguageModel model, GenerationOptions? defaults = null) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>How texts are drawn where a call does not say; <c>Defaults with { ... }</c> changes a part of it.</summary>
    public GenerationOptions Defaults { get; } = defaults ?? new GenerationOptions();

    /// <summary>Streams what follows a prompt, without the prompt itself, in pieces that never split a character.</summary>
    /// <param name="prompt">The text to continue; not empty, and shorter than the model's context.</param>
    /// <param name="options">How to draw; null for <see cref="Defaults"/>.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The pieces; the last carries the finish reason.</returns>
    /// <exception cref="ArgumentException">The prompt is empty or too long, or the options are not sound: the message lists every
    /// problem.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public IAsyncEnumerable<GeneratedText> StreamAsync(
        string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        StreamAsync(TextSequence.Encode(tokenizer, prompt, options ?? Defaults), options, cancellationToken);

    /// <summary>
    /// Streams what follows a prompt of token ids, at least one and no more than the context holds, in pieces that never split a
    /// character.
    /// </summary>
    /// <inheritdoc cref="StreamAsync(string, GenerationOptions, CancellationToken)"/>
    public IAsyncEnumerable<GeneratedText> StreamAsync(
        ReadOnlyMemory<int> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        ReadAsync(Prepare(prompt, options), cancellationToken);

    /// <summary>What follows a prompt, piece by piece, computed on the caller's thread while it reads.</summary>
    /// <inheritdoc cref="StreamAsync(string, GenerationOptions, CancellationToken)"/>
    public IEnumerable<GeneratedText> Stream(
        string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Stream(TextSequence.Encode(tokenizer, prompt, options ?? Defaults), options, cancellationToken);

    /// <summary>
    /// What follows a prompt of token ids, at least one and no more than the context holds, piece by piece, computed on the caller's
    /// thread while it reads.
    /// </summary>
    /// <inheritdoc cref="StreamAsync(string, GenerationOptions, CancellationToken)"/>
    public IEnumerable<GeneratedText> Stream(
        ReadOnlyMemory<int> prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Read(Prepare(prompt, options), cancellationToken);

    /// <summary>What follows a prompt, without the prompt itself, when it is complete.</summary>
    /// <inheritdoc cref="StreamAsync(string, GenerationOptions, CancellationToken)" path="/param"/>
    /// <inheritdoc cref="StreamAsync(string, GenerationOptions, CancellationToken)" path="/exception"/>
    public async Task<GeneratedText> GenerateAsync(
        string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<GeneratedText> pieces = [];
        await foreach (GeneratedText piece in StreamAsync(prompt, options, cancellationToken).ConfigureAwait(false)) pieces.Add(piece);
        return GeneratedText.Join(pieces);
    }

    /// <summary>
    /// What follows each of several prompts, several of them advanced in one pass of the model. Each text is the one that its
    /// prompt alone gives with these options, whatever is generated beside it: with a seed, equal prompts give equal texts.
    /// </summary>
    /// <param name="prompts">The texts to continue, of any number and of different lengths.</param>
    /// <param name="options">How to draw; null for <see cref="Defaults"/>.</param>
    /// <param name="batchSize">The most texts in one pass, each of which needs a cache; when one ends, the next begins in its place.
    /// Default 16; at least 1.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The texts, in the order of the prompts.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or too long (the message tells which), or the options are not
    /// sound.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public async Task<IReadOnlyList<GeneratedText>> GenerateAsync(
        IReadOnlyList<string> prompts, GenerationOptions? options = null, int batchSize = 16, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        options ??= Defaults;
        TextSequence[] texts = new TextSequence[prompts.Count];
        for (int i = 0; i < texts.Length; i++)
        {
            try
            {
                texts[i] = new TextSequence(tokenizer, model, prompts[i], options); // takes no memory of the model yet
            }
            catch (ArgumentException exception)
            {
                throw new ArgumentException($"Prompt {i}: {exception.Message}", nameof(prompts), exception);
            }
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await OnOwnThread(() =>
            {
                List<GeneratedText>[] pieces = [.. texts.Select(_ => new List<GeneratedText>())];
                foreach ((int index, GeneratedText piece) in Advance(texts, batchSize, cancellationToken)) pieces[index].Add(piece);
                return pieces.Select(GeneratedText.Join).ToArray();
            }).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Releases what the generator holds; the model stays its owner's.</summary>
    public void Dispose() => _turn.Dispose();

    /// <summary>Checks a prompt and its options now, not when the first piece is asked for.</summary>
    /// <returns>A function that begins the text; called once for each enumeration of the stream.</returns>
    private Func<TextSequence> Prepare(ReadOnlyMemory<int> prompt, GenerationOptions? options)
    {
        int[] ids = prompt.ToArray();
        options = (options ?? Defaults) with { };
        TextSequence.Check(tokenizer, model, ids, options);
        return () => new TextSequence(tokenizer, model, ids, options);
    }

    private IEnumerable<GeneratedText> Read(Func<TextSequence> begin, CancellationToken cancellationToken)
    {
        _turn.Wait(cancellationToken);
        try
        {
            foreach ((_, GeneratedText piece) in Advance([begin()], 1, cancellationToken)) yield return piece;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async IAsyncEnumerable<GeneratedText> ReadAsync(
        Func<TextSequence> begin, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Bounded, so that the model does not compute far ahead of a caller that reads slowly or stops reading.
        Channel<GeneratedText> pieces =
            Channel.CreateBounded<GeneratedText>(new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });
        using CancellationTokenSource readerGone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = OnOwnThread<object?>(() =>
        {
            try
            {
                foreach ((_, GeneratedText piece) in Advance([begin()], 1, readerGone.Token))
                    pieces.Writer.WriteAsync(piece, readerGone.Token).AsTask().GetAwaiter().GetResult();
                pieces.Writer.Complete();
            }
            catch (Exception exception)
            {
                pieces.Writer.Complete(exception);
            }
            return null;
        });
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

    /// <summary>
    /// Continues texts to their ends, several at a time. Returns each piece that is not empty or is the last one, with the index of its
    /// text.
    /// </summary>
    private IEnumerable<(int Index, GeneratedText Piece)> Advance(
        TextSequence[] texts, int batchSize, CancellationToken cancellationToken) =>
        new BatchGenerator(model).Run([.. texts.Select(text => text.Tokens)], batchSize, cancellationToken)
            .Select(drawn => (drawn.Index, Piece: texts[drawn.Index].Take(drawn.Token)))
            .Where(drawn => drawn.Piece.Text.Length > 0 || drawn.Piece.FinishReason is not null);

    /// <summary>One thread for a whole text, because a native backend keeps its worker threads by calling thread.</summary>
    private static Task<T> OnOwnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
