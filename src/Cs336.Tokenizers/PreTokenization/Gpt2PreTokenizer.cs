using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// The pre-token pattern of GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"):
/// contractions, words, numbers and symbols, each with one space before it, and runs of space.
/// </summary>
/// <remarks>
/// A hand-written scanner over code points, for speed, and because .NET's regular expressions see an astral letter as two
/// surrogates and miss it.
/// </remarks>
public sealed class Gpt2PreTokenizer : IPairwisePreTokenizer
{
    private Gpt2PreTokenizer()
    {
    }

    /// <summary>The only instance: it holds no state.</summary>
    public static Gpt2PreTokenizer Instance { get; } = new();

    /// <inheritdoc/>
    public string Pattern => @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <inheritdoc/>
    public int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends)
    {
        if (ends.IsEmpty) throw new ArgumentException("ends is empty, but needs room for at least one offset.", nameof(ends));
        if (Vector512.IsHardwareAccelerated) return Gpt2Scanner.Split<Vector512Classifier>(utf8Text, ends);
        if (Vector256.IsHardwareAccelerated) return Gpt2Scanner.Split<Vector256Classifier>(utf8Text, ends);
        if (Vector128.IsHardwareAccelerated) return Gpt2Scanner.Split<Vector128Classifier>(utf8Text, ends);
        return Gpt2Scanner.Split<ScalarClassifier>(utf8Text, ends);
    }

    /// <inheritdoc/>
    public int FindSafeCut(ReadOnlySpan<byte> utf8Text) => SafeCuts.Find(utf8Text, this);

    /// <inheritdoc/>
    bool IPairwisePreTokenizer.IsCut(int first, int second)
    {
        // No alternative of the pattern goes on from a letter, number or symbol into another class, except that an
        // apostrophe may go on into the letters of a contraction. So every other change of class is a cut.
        CharClass current = CodePointClasses.Of(first), next = CodePointClasses.Of(second);
        return current != CharClass.Space && current != next && !(first == '\'' && next == CharClass.Letter);
    }
}
