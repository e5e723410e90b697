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
        int[] window = new int[length + 1];
        long[] inputs = new long[starts.Length * length];
        long[] targets = new long[starts.Length * length];
        for (int row = 0; row < starts.Length; row++)
        {
            data.Read(starts[row], window);
            foreach (int id in window)
                if ((uint)id >= (uint)vocabSize)
                    throw new InvalidDataException($"{data.Path} holds token id {id}, but the model's vocab_size is {vocabSize}: was the data made with another tokenizer?");
            for (int i = 0; i < length; i++)
            {
                inputs[row * length + i] = window[i];
                targets[row * length + i] = window[i + 1];
            }
        }
        return new TokenBatch(tensor(inputs, [starts.Length, length], device: device), tensor(targets, [starts.Length, length], device: device));
    }
}
