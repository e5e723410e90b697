using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>What a training step learns from: windows of tokens, and for each position the token that follows it.</summary>
/// <param name="Inputs">Int64 ids, (B, T).</param>
/// <param name="Targets">Int64 ids, (B, T): the inputs shifted by one.</param>
public readonly record struct TokenBatch(Tensor Inputs, Tensor Targets)
{
    /// <summary>
    /// Makes a batch of windows that begin anywhere in the data, each place equally likely: the course's <c>get_batch</c>.
    /// </summary>
    /// <param name="data">The tokens, in a file or in memory.</param>
    /// <param name="batchSize">B.</param>
    /// <param name="length">T; each window reads T + 1 tokens.</param>
    /// <param name="random">Draws the places.</param>
    /// <param name="vocabSize">What ids must lie below; null where that is not known.</param>
    /// <param name="device">Where the tensors go; null for the CPU.</param>
    /// <exception cref="ArgumentException">The data is shorter than one window and its last target.</exception>
    /// <exception cref="InvalidDataException">The data holds an id outside the vocabulary.</exception>
    public static TokenBatch Draw(
        TokenDataset data, int batchSize, int length, SeededRandom random, int? vocabSize = null, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(random);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        WindowChecks.Require(data, length);
        long[] starts = new long[batchSize];
        foreach (ref long start in starts.AsSpan()) start = random.NextInt64(data.Length - length);
        return Read(data, starts, length, vocabSize ?? int.MaxValue, device ?? CPU);
    }

    /// <summary>Makes a batch of windows that begin at the given positions.</summary>
    /// <param name="data">The text to read from.</param>
    /// <param name="starts">Position of each window's first token, B of them.</param>
    /// <param name="length">T; each window reads T + 1 tokens.</param>
    /// <param name="vocabSize">What ids must lie below.</param>
    /// <param name="device">Where the tensors go.</param>
    /// <exception cref="InvalidDataException">The data holds an id outside the vocabulary.</exception>
    public static TokenBatch Read(TokenDataset data, ReadOnlySpan<long> starts, int length, int vocabSize, Device device)
    {
        ArgumentNullException.ThrowIfNull(data);
        BatchBuffer buffer = new(starts.Length, length);
        for (int row = 0; row < starts.Length; row++) buffer.ReadRow(row, data, starts[row], vocabSize);
        return buffer.ToBatch(device);
    }
}
