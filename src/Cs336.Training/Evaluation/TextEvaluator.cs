using Cs336.Tokenizers;
using Cs336.Transformer;
using Cs336.Vocabularies;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Measures a model on a text itself rather than on its tokens: every token of the text is predicted once, from those before it in its
/// window, and the bits are counted for each byte of the text. So models with different tokenizers compare.
/// </summary>
/// <remarks>
/// The text begins after the token that starts one, <c>&lt;|endoftext|&gt;</c>; where the tokenizer has none, the first token is not
/// predicted and its bytes do not count. Special tokens in the text are allowed, and count as the bytes that they are spelled with.
/// Windows follow each other; each begins with the last token of the one before.
/// </remarks>
public sealed class TextEvaluator
{
    private const string TextStart = "<|endoftext|>";

    private readonly ITokenizer _tokenizer;
    private readonly int _batchSize;
    private readonly int? _length;

    /// <summary>Makes an evaluator.</summary>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="batchSize">Windows in one forward pass.</param>
    /// <param name="length">Tokens per window; null for the model's context.</param>
    public TextEvaluator(ITokenizer tokenizer, int batchSize = 8, int? length = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        if (length is int given) ArgumentOutOfRangeException.ThrowIfLessThan(given, 1, nameof(length));
        (_tokenizer, _batchSize, _length) = (tokenizer, batchSize, length);
    }

    /// <summary>Measures a model on a file of text.</summary>
    /// <param name="model">What predicts the tokens.</param>
    /// <param name="path">UTF-8, or UTF-16 and UTF-32 with a byte order mark, which are measured as UTF-8.</param>
    /// <param name="device">Where the model is; null for the CPU.</param>
    /// <param name="cancellationToken">Looked at before every forward pass.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentException">Tokenizer and model do not fit, or a window is longer than the model's context.</exception>
    /// <exception cref="InvalidDataException">The text is empty, too short, or in another encoding.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public TextEvaluation Evaluate(
        TransformerLM model, string path, Device? device = null, CancellationToken cancellationToken = default)
    {
        using Utf8TextStream text = Utf8TextStream.OpenRead(path);
        return Evaluate(model, text, path, device, cancellationToken);
    }

    /// <summary>Measures a model on a stream of text.</summary>
    /// <param name="model">What predicts the tokens.</param>
    /// <param name="text">UTF-8 without a byte order mark, from where it stands to its end; left open.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="device">Where the model is; null for the CPU.</param>
    /// <param name="cancellationToken">Looked at before every forward pass.</param>
    /// <exception cref="ArgumentException">Tokenizer and model do not fit, or a window is longer than the model's context.</exception>
    /// <exception cref="InvalidDataException">The text is empty, too short, or in another encoding.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public TextEvaluation Evaluate(
        TransformerLM model, Stream text, string name, Device? device = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(text);
        int length = _length ?? model.ContextLength;
        if (!VocabularyFit.Fits(_tokenizer.VocabSize, model.VocabSize))
            throw new ArgumentException(VocabularyFit.Problem(_tokenizer.VocabSize, model.VocabSize));
        if (length > model.ContextLength)
            throw new ArgumentException($"The windows have {length} tokens, but the model's context_length is {model.ContextLength}.");
        CountedText counted = new(text);
        int[] ids = new int[_batchSize * length + 1];
        int held = 0;
        long tokens = 0, unpredicted = 0;
        double nats = 0;
        if (_tokenizer.SpecialTokens.TryGetValue(TextStart, out int start)) ids[held++] = start;
        foreach (int id in _tokenizer.EncodeStream(counted, SpecialTokenHandling.Allow, TextEncoding.Utf8, cancellationToken))
        {
            if (held == 0) unpredicted = _tokenizer.GetTokenBytes(id).Length;
            ids[held++] = id;
            if (held < ids.Length) continue;
            nats += Predict(ids);
            tokens += held - 1;
            (ids[0], held) = (ids[^1], 1);
        }
        if (held > 1) nats += Predict(ids.AsSpan(0, held));
        tokens += Math.Max(0, held - 1);
        long bytes = counted.Count - unpredicted;
        return tokens > 0
            ? new TextEvaluation(nats / Math.Log(2) / bytes, bytes, nats / tokens, tokens)
            : throw new InvalidDataException($"{name} has too little text to predict: {counted.Count} bytes.");

        double Predict(ReadOnlySpan<int> part)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int whole = (part.Length - 1) / length, rest = (part.Length - 1) % length;
            double sum = whole == 0 ? 0 : Nats(model, part[..(whole * length + 1)], whole, length, device ?? CPU);
            return rest == 0 ? sum : sum + Nats(model, part[(whole * length)..], 1, rest, device ?? CPU);
        }
    }

    /// <summary>The nats of windows that follow each other; each reads one token more than it has.</summary>
    private static double Nats(TransformerLM model, ReadOnlySpan<int> ids, int windows, int length, Device device)
    {
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] all = new long[ids.Length];
        for (int i = 0; i < all.Length; i++) all[i] = ids[i];
        TokenBatch batch = new(
            tensor(all[..^1], [windows, length], device: device), tensor(all[1..], [windows, length], device: device));
        return LanguageModelLoss.Compute(model, batch) * windows * length;
    }
}
