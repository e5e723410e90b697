using Cs336.Inference;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>The new tokens of several sequences, one sequence after the other, N in all, and the caches that they continue.</summary>
internal sealed class NewTokens
{
    private readonly TransformerCache[] _caches;
    private readonly int[] _starts; // where each sequence's tokens begin
    private readonly int[] _counts;
    private readonly List<long> _ids = [];

    /// <summary>Takes inputs that have been checked, with caches of the model.</summary>
    public NewTokens(ReadOnlySpan<DecodingInput> batch)
    {
        (_caches, _starts, _counts) = (new TransformerCache[batch.Length], new int[batch.Length], new int[batch.Length]);
        for (int i = 0; i < batch.Length; i++)
        {
            (_caches[i], _starts[i], _counts[i]) = ((TransformerCache)batch[i].Cache, _ids.Count, batch[i].Tokens.Length);
            foreach (int id in batch[i].Tokens.Span) _ids.Add(id);
        }
    }

    /// <summary>The tokens, int64, (1, N).</summary>
    public Tensor Ids(Device device) => tensor(_ids, [1, _ids.Count], device: device);

    /// <summary>Where each sequence's last token stands among all, int64, (B).</summary>
    public Tensor Lasts(Device device) => tensor(_starts.Zip(_counts, (start, count) => start + count - 1L).ToArray(), device: device);

    /// <summary>The sequences with their caches of one layer.</summary>
    public LayerSegment[] Segments(int layer) =>
        [.. Enumerable.Range(0, _caches.Length).Select(i => new LayerSegment(_caches[i][layer], _starts[i], _counts[i]))];
}
