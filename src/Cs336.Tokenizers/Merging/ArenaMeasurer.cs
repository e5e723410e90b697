namespace Cs336.Tokenizers;

/// <summary>Adds the places of pre-tokens to a layout. Those of one byte need none: they cannot merge.</summary>
internal readonly struct ArenaMeasurer(ArenaLayout layout) : IPreTokenVisitor
{
    public void Visit(ReadOnlySpan<byte> preToken, long count)
    {
        if (preToken.Length > 1) layout.Add(preToken.Length, count);
    }
}
