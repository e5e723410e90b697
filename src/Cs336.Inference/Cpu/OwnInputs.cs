namespace Cs336.Inference;

/// <summary>
/// A copy of a batch: what was checked is what is computed, even if another thread writes to the caller's arrays meanwhile. The arrays are
/// reused, so that a token allocates nothing.
/// </summary>
internal sealed class OwnInputs
{
    private DecodingInput[] _batch = [];
    private int[] _ids = [];
    private int _count;

    /// <summary>Copies a batch; valid until the next call or <see cref="Clear"/>.</summary>
    /// <param name="batch">The caller's inputs.</param>
    /// <param name="contextLength">Inputs that are longer are not copied: the check refuses them in any case.</param>
    public ReadOnlySpan<DecodingInput> Copy(ReadOnlySpan<DecodingInput> batch, int contextLength)
    {
        _count = batch.Length;
        if (_batch.Length < _count) _batch = new DecodingInput[_count];
        int used = 0;
        for (int i = 0; i < _count; i++)
        {
            (IKvCache cache, ReadOnlyMemory<int> tokens) = batch[i];
            int length = tokens.Length;
            if (length <= contextLength)
            {
                // A new array, because the inputs before this one still use the old one.
                if (_ids.Length - used < length) (_ids, used) = (new int[Math.Max(2 * _ids.Length, length)], 0);
                tokens.Span.CopyTo(_ids.AsSpan(used, length));
                tokens = _ids.AsMemory(used, length);
                used += length;
            }
            _batch[i] = new DecodingInput(cache, tokens);
        }
        return _batch.AsSpan(0, _count);
    }

    /// <summary>Lets go of the caches, so that they can be freed while the model waits for the next call.</summary>
    public void Clear() => _batch.AsSpan(0, _count).Clear();
}
