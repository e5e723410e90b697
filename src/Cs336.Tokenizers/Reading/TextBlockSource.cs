namespace Cs336.Tokenizers;

/// <summary>Gives out the text to train on in blocks that may be counted apart. For one thread at a time.</summary>
internal abstract class TextBlockSource : IDisposable
{
    /// <summary>Whether the last block has been given out; where unsure, false.</summary>
    public abstract bool IsAtEnd { get; }

    /// <summary>Fills a block with the text that comes next; false at the end.</summary>
    public abstract bool TryRead(TextBlock block);

    /// <inheritdoc/>
    public virtual void Dispose()
    {
    }
}
