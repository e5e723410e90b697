namespace Cs336.Tokenizers;

/// <summary>Is shown pre-tokens and their counts.</summary>
internal interface IPreTokenVisitor
{
    /// <summary>Takes one pre-token; its bytes are valid only during the call.</summary>
    void Visit(ReadOnlySpan<byte> preToken, long count);
}
