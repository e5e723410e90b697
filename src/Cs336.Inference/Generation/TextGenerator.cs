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
    /// <exception cref="ArgumentException">The prompt is empty or too long, or the options are not sound: the message lists every problem.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public IAsyncEnumerable<GeneratedText> StreamAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? Defaults) with { };
        // What is wrong is told now, not when the first piece is asked for.
        int[] promptIds = Begin(prompt, options).Tokens.History.Tokens.ToArray();
        return ReadAsync(promptIds, options, cancellationToken);
    }

    /// <summary>What follows a prompt, without the prompt itself, when it is complete.</summary>
    /// <inheritdoc cref="StreamAsync" path="/param"/>
    /// <inheritdoc cref="StreamAsync" path="/exception"/>
    public async Task<GeneratedText> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default)
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
    /// <param name="batchSize">The most texts in one pass, each of which needs a cache; when one ends, the next begins in its place. Default 16; at least 1.</param>
    /// <param name="cancellationToken">Ends the generation at the next token.</param>
    /// <returns>The texts, in the order of the prompts.</returns>
    /// <exception cref="ArgumentException">A prompt is empty or too long (the message tells which), or the options are not sound.</exception>
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
                texts[i] = Begin(prompts[i], options); // takes no memory of the model yet
            }
            catch (ArgumentException exception)
            {
                throw new ArgumentException($"Prompt {i}: {exception.Message}", nameof(prompts), exception);
            }
        }

        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await OnOwnThread(() => Produce(texts, batchSize, cancellationToken)).ConfigureAwait(false);
        }
        finally
        {
            foreach (TextSequence text in texts) text.Dispose();
            _turn.Release();
        }
    }

    /// <summary>Releases what the generator holds; the model stays its owner's.</summary>
    public void Dispose() => _turn.Dispose();

    private TextSequence Begin(string prompt, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        return new TextSequence(tokenizer, model, prompt, options);
    }

    private async IAsyncEnumerable<GeneratedText> ReadAsync(
        int[] promptIds, GenerationOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        // Bounded, so that a reader who has gone away does not leave a whole text's work behind.
        Channel<GeneratedText> pieces = Channel.CreateBounded<GeneratedText>(new BoundedChannelOptions(16) { SingleReader = true, SingleWriter = true });
        using CancellationTokenSource readerGone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task work = OnOwnThread<object?>(() =>
        {
            Produce(promptIds, options, pieces.Writer, readerGone.Token);
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

    private void Produce(int[] promptIds, GenerationOptions options, ChannelWriter<GeneratedText> pieces, CancellationToken cancellationToken)
    {
        try
        {
            using TextSequence text = new(tokenizer, model, promptIds, options);
            BatchGenerator batch = new(model);
            GenerationSequence[] sequences = [text.Tokens];
            while (text.FinishReason is null)
            {
                cancellationToken.ThrowIfCancellationRequested();
                batch.Forward(sequences);
                GeneratedText piece = text.Accept(batch.Logits(0));
                if (piece.Text.Length > 0 || piece.FinishReason is not null)
                    pieces.WriteAsync(piece, cancellationToken).AsTask().GetAwaiter().GetResult();
            }
            pieces.Complete();
        }
        catch (Exception exception)
        {
            pieces.Complete(exception);
        }
    }

    private GeneratedText[] Produce(TextSequence[] texts, int batchSize, CancellationToken cancellationToken)
    {
        List<GeneratedText>[] pieces = [.. texts.Select(_ => new List<GeneratedText>())];
        BatchGenerator batch = new(model);
        List<int> running = [];
        for (int begun = 0; begun < texts.Length || running.Count > 0;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            while (running.Count < batchSize && begun < texts.Length) running.Add(begun++);
            batch.Forward([.. running.Select(index => texts[index].Tokens)]);
            for (int i = 0; i < running.Count; i++) pieces[running[i]].Add(texts[running[i]].Accept(batch.Logits(i)));
            foreach (int index in running)
                if (texts[index].FinishReason is not null) texts[index].Dispose();
            running.RemoveAll(index => texts[index].FinishReason is not null);
        }
        return [.. pieces.Select(GeneratedText.Join)];
    }

    /// <summary>One thread for a whole text, because a native backend keeps its worker threads by calling thread.</summary>
    private static Task<T> OnOwnThread<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
