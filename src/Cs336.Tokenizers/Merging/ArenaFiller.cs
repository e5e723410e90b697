using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>Writes pre-tokens to their places.</summary>
internal struct ArenaFiller<TSymbol>(ArenaLayout layout, TSymbol[] symbols) : IPreTokenVisitor
    where TSymbol : unmanaged, IBinaryInteger<TSymbol>
{
    /// <summary>The number of pre-tokens that went without places.</summary>
    public long Pruned { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Visit(ReadOnlySpan<byte> preToken, long count)
    {
        if (count < layout.MinCount) Pruned++;
        if (preToken.Length < 2 || count < layout.MinCount) return;
        Span<TSymbol> places = symbols.AsSpan(layout.Take(preToken.Length, count), preToken.Length + 1);
        for (int i = 0; i < preToken.Length; i++) places[i] = TSymbol.CreateTruncating(preToken[i]);
        places[^1] = TSymbol.AllBitsSet;
    }
}
