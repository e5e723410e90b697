namespace Cs336.Tokenizers;

/// <summary>Distinct pre-tokens and their counts.</summary>
internal interface IPreTokenCollection
{
    /// <summary>Shows each pre-token and its count to a visitor, in the same order every time.</summary>
    void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor;
}
