using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>What a training step learns from: windows of tokens, and for each position the token that follows it.</summary>
/// <param name="Inputs">Int64 ids, (B, T).</param>
/// <param name="Targets">Int64 ids, (B, T): the inputs shifted by one.</param>
public readonly record struct TokenBatch(Tensor Inputs, Tensor Targets)
{
    /// <summary>Makes a batch of windows that begin at the given positions.</summary>
    /// <param name="data">The tokens.</param>
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
