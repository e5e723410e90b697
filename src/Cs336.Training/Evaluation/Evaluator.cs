using Cs336.Tokenizers;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Measures a model on the same tokens every time: consecutive windows that do not overlap, from the beginning of the data.
/// </summary>
public sealed class Evaluator
{
    private readonly TokenDataset _data;
    private readonly int _batchSize;
    private readonly int _length;
    private readonly long _windows;
    private readonly IReadOnlyList<int>? _tokenByteLengths;

    /// <summary>Makes an evaluator.</summary>
    /// <param name="data">The tokens; at least one more than a window has.</param>
    /// <param name="batchSize">Windows in one forward pass.</param>
    /// <param name="length">Tokens per window.</param>
    /// <param name="maxTokens">Roughly the most tokens to predict, so that a large set stays cheap; at least one window is used.</param>
    /// <param name="tokenByteLengths">Bytes of text that each id stands for; null to leave out bits per byte.</param>
    /// <exception cref="ArgumentException">The data is shorter than one window and its last target.</exception>
    public Evaluator(TokenDataset data, int batchSize, int length, long maxTokens = long.MaxValue,
        IReadOnlyList<int>? tokenByteLengths = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxTokens, 1);
        if (data.Length < length + 1L)
            throw new ArgumentException($"{data.Path} has {data.Length} tokens to validate on, but windows of {length} and the token after "
                + $"them need {length + 1L}: use a shorter context or more text.");
        _data = data;
        _batchSize = batchSize;
        _length = length;
        _windows = Math.Clamp(maxTokens / length, 1, (data.Length - 1) / length);
        _tokenByteLengths = tokenByteLengths;
    }

    /// <summary>How many bytes of text each id of a tokenizer stands for; a special token counts as its own text.</summary>
    public static IReadOnlyList<int> TokenByteLengths(ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return [.. Enumerable.Range(0, tokenizer.VocabSize).Select(id => tokenizer.GetTokenBytes(id).Length)];
    }

    /// <summary>The loss of a model on all windows.</summary>
    /// <param name="device">Where the model is; null for the CPU.</param>
    /// <param name="cancellationToken">Looked at before every forward pass.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public Evaluation Evaluate(TransformerLM model, Device? device = null, CancellationToken cancellationToken = default) =>
        Evaluate(model, device, SingleRank.Instance, cancellationToken);

    /// <summary>
    /// The same, its forward passes divided among ranks: what each batch gives is added up in one order, whoever computes it.
    /// </summary>
    internal Evaluation Evaluate(TransformerLM model, Device? device, IRankGroup ranks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable noGradients = no_grad();
        int batches = (int)((_windows - 1) / _batchSize + 1);
        double[] nats = new double[batches], bytes = new double[batches];
        for (int number = ranks.Rank; number < batches; number += ranks.Size)
        {
            long first = (long)number * _batchSize;
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            long[] starts = new long[Math.Min(_batchSize, _windows - first)];
            for (int i = 0; i < starts.Length; i++) starts[i] = (first + i) * _length;
            TokenBatch batch = TokenBatch.Read(_data, starts, _length, model.VocabSize, device ?? CPU);
            double mean = LanguageModelLoss.Compute(model, batch);
            nats[number] = mean * starts.Length * _length;
            if (_tokenByteLengths is not null)
                foreach (long id in batch.Targets.cpu().data<long>()) bytes[number] += _tokenByteLengths[(int)id];
        }
        long tokens = _windows * _length;
        (double allNats, double allBytes) = (AddUp(nats, ranks), AddUp(bytes, ranks));
        return new Evaluation(allNats / tokens, allBytes > 0 ? allNats / Math.Log(2) / allBytes : null, tokens);
    }

    /// <summary>The sum over all batches, each of which one rank has computed.</summary>
    private static double AddUp(double[] own, IRankGroup ranks)
    {
        double[] all = ranks.Size == 1 ? own : ranks.Gather(own);
        double sum = 0;
        for (int number = 0; number < own.Length; number++) sum += all[(number % ranks.Size * own.Length) + number];
        return sum;
    }
}
