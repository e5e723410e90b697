namespace Cs336.Tokenizers;

/// <summary>
/// Adds up sources: each pre-token once, with the sum of its counts. Of each source one pre-token is in memory, however many there are.
/// </summary>
internal sealed class CountMerge
{
    private readonly PriorityQueue<ICountSource, ICountSource> _next = new(CountOrder.Instance);
    private byte[] _preToken = [];

    public CountMerge(IEnumerable<ICountSource> sources)
    {
        foreach (ICountSource source in sources)
            if (source.MoveNext()) _next.Enqueue(source, source);
    }

    /// <summary>Shows each pre-token once to a visitor, in order.</summary>
    /// <exception cref="InvalidDataException">A count is too large, or a source is damaged.</exception>
    public void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor
    {
        while (_next.Count > 0)
        {
            ICountSource first = _next.Peek();
            int length = first.PreToken.Length;
            if (_preToken.Length < length) _preToken = new byte[Math.Max(length, Math.Min(2L * _preToken.Length, Array.MaxLength))];
            first.PreToken.CopyTo(_preToken);
            ReadOnlySpan<byte> preToken = _preToken.AsSpan(0, length);
            long count = 0;
            do
            {
                ICountSource source = _next.Dequeue(); // before it changes, as its pre-token is its place in the queue
                if (count > long.MaxValue - source.Count)
                    throw new InvalidDataException($"The counts of one pre-token come to more than {long.MaxValue:N0}.");
                count += source.Count;
                if (source.MoveNext()) _next.Enqueue(source, source);
            }
            while (_next.Count > 0 && _next.Peek().PreToken.SequenceEqual(preToken));
            visitor.Visit(preToken, count);
        }
    }
}
