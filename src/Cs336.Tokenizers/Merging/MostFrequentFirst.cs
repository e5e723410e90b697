using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>The most frequent pair first, of equally frequent ones the lexicographically greatest.</summary>
/// <param name="tokens">The bytes of the pairs' tokens.</param>
internal readonly struct MostFrequentFirst(TokenOrder tokens) : IHeapOrder<QueuedPair>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool IsBefore(in QueuedPair x, in QueuedPair y)
    {
        if (x.Count != y.Count) return x.Count > y.Count;
        int byLeft = tokens.Compare(x.Left, y.Left);
        return byLeft != 0 ? byLeft > 0 : tokens.Compare(x.Right, y.Right) > 0;
    }
}
