using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// Cuts text by a pattern that <see cref="WordScanner"/> knows; the pattern's automaton tells where a text may be divided.
/// </summary>
/// <typeparam name="TRules">The rules that are equal to the pattern.</typeparam>
internal sealed class ScannedPreTokenizer<TRules>(string pattern) : IPairwisePreTokenizer
    where TRules : struct, IWordRules
{
    // It takes longer to make than a megabyte to cut, and a text that is there as a whole is not divided.
    private readonly Lazy<IPreTokenizer> _automaton = MakeAutomaton(pattern);

    /// <inheritdoc/>
    public string Pattern { get; } = pattern;

    /// <inheritdoc/>
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        if (Vector512.IsHardwareAccelerated) return WordScanner.Split<Vector512Classifier, TRules>(utf8Text, ends);
        if (Vector256.IsHardwareAccelerated) return WordScanner.Split<Vector256Classifier, TRules>(utf8Text, ends);
        if (Vector128.IsHardwareAccelerated) return WordScanner.Split<Vector128Classifier, TRules>(utf8Text, ends);
        return WordScanner.Split<ScalarClassifier, TRules>(utf8Text, ends);
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => _automaton.Value.FindSafeCut(utf8Text);

    /// <inheritdoc/>
    public bool IsCut(int first, int second) => ((IPairwisePreTokenizer)_automaton.Value).IsCut(first, second);

    private static Lazy<IPreTokenizer> MakeAutomaton(string pattern) => new(() => new PatternPreTokenizer(pattern));
}
