namespace Cs336.Inference;

/// <summary>
/// A batch in memory of our own, so that what was checked is what is computed, whatever another thread writes to the caller's
/// arrays meanwhile. Its arrays are used again and again: a token allocates nothing.
/// </summary>
internal sealed class OwnInputs
{
    private DecodingInput[] _batch = [];
    private int[] _ids = [];
    private int _count;

    /// <summary>Copies a batch; valid until the next call or <see cref="Clear"/>.</summary>
    /// <param name="batch">What was given.</param>
    /// <param name="contextLength">Longer inputs, which are to be refused, stay where they are.</param>
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
                // Inputs before this one keep the array that they are in.
                if (_ids.Length - used < length) (_ids, used) = (new int[Math.Max(2 * _ids.Length, length)], 0);
                tokens.Span.CopyTo(_ids.AsSpan(used, length));
                tokens = _ids.AsMemory(used, length);
                used += length;
            }
            _batch[i] = new DecodingInput(cache, tokens);
        }
        return _batch.AsSpan(0, _count);
    }

    /// <summary>Forgets the caches, which may otherwise be kept for long.</summary>
    public void Clear() => _batch.AsSpan(0, _count).Clear();
}
