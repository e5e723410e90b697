using System.Numerics;

namespace Cs336.Tokenizers;

/// <summary>Writes pre-tokens to their places.</summary>
internal readonly struct ArenaFiller<TSymbol>(ArenaLayout layout, TSymbol[] symbols) : IPreTokenVisitor
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    public void Visit(ReadOnlySpan<byte> preToken, long count)
    {
        if (preToken.Length < 2) return;
        Span<TSymbol> places = symbols.AsSpan(layout.Take(preToken.Length, count), preToken.Length + 1);
        for (int i = 0; i < preToken.Length; i++) places[i] = TSymbol.CreateTruncating(preToken[i]);
        places[^1] = TSymbol.AllBitsSet;
    }
}
