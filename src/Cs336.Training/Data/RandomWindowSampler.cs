using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Draws batches of windows that begin anywhere in the data, each place equally likely: the course's <c>get_batch</c>.</summary>
public sealed class RandomWindowSampler
{
    private readonly TokenDataset _data;
    private readonly long[] _starts;
    private readonly int _length;
    private readonly int _vocabSize;
    private readonly Device _device;
    private readonly SeededRandom _random;

    /// <summary>Makes a sampler.</summary>
    /// <param name="data">The tokens; at least one more than a window has.</param>
    /// <param name="batchSize">B, windows a batch.</param>
    /// <param name="length">T, tokens a window.</param>
    /// <param name="vocabSize">What ids must lie below.</param>
    /// <param name="seed">Determines every batch.</param>
    /// <param name="device">Where batches go; null for the CPU.</param>
    /// <exception cref="ArgumentException">The data is shorter than one window and its last target.</exception>
    public RandomWindowSampler(TokenDataset data, int batchSize, int length, int vocabSize, ulong seed, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        if (data.Length < length + 1L)
            throw new ArgumentException($"{data.Path} has {data.Length} tokens, but windows of {length} and the token after them need {length + 1L}: use a shorter context or more text.");
        _data = data;
        _starts = new long[batchSize];
        _length = length;
        _vocabSize = vocabSize;
        _device = device ?? CPU;
        _random = new SeededRandom(seed);
    }

    /// <summary>Where the sampler is in its sequence of batches; set it to go on from there.</summary>
    public SeededRandomState State
    {
        get => _random.State;
        set => _random.State = value;
    }

    /// <summary>The next batch.</summary>
    /// <exception cref="InvalidDataException">The data holds an id outside the vocabulary.</exception>
    public TokenBatch Next()
    {
        for (int i = 0; i < _starts.Length; i++) _starts[i] = _random.NextInt64(_data.Length - _length);
        return TokenBatch.Read(_data, _starts, _length, _vocabSize, _device);
    }
}
