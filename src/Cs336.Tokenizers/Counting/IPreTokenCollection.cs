namespace Cs336.Tokenizers;

/// <summary>Distinct pre-tokens and their counts. Disposing frees what they take.</summary>
internal interface IPreTokenCollection : IDisposable
{
    /// <summary>Whether there are none.</summary>
    bool IsEmpty { get; }

    /// <summary>Shows each pre-token and its count to a visitor.</summary>
    void Visit<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IPreTokenVisitor;
}
