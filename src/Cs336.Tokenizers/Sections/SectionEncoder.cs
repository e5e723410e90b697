using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// The way of a text to its ids, as Hugging Face's tokenizers go it: added tokens are taken out of it, what lies between them is
/// normalized, the added tokens that are looked for only then are taken out of that, and the rest is cut and merged.
/// </summary>
internal sealed class SectionEncoder
{
    private readonly BpeVocabulary _vocabulary;
    private readonly TextNormalizer _normalizer, _preparation, _both;
    private readonly AddedTokenFinder _inText, _inNormalized;
    private readonly bool _alwaysFinds;
    private readonly HashSet<(int, int)> _withinNormalizedTokens = [];
    private readonly HashSet<int> _endsOfNormalizedTokens = [];

    public SectionEncoder(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _normalizer = vocabulary.Parts.Normalizer;
        _preparation = vocabulary.Parts.Preparation;
        _both = new TextNormalizer([.. _normalizer.Steps, .. _preparation.Steps]);
        _alwaysFinds = vocabulary.Parts.AddedTokens.Any(token => !token.IsSpecial);
        // Where nothing is normalized one search does for both kinds.
        ILookup<bool, AddedToken> tokens = vocabulary.Parts.AddedTokens.ToLookup(token => token.IsNormalized && !_normalizer.IsNone);
        _inText = new AddedTokenFinder(tokens[false].Select(token => KeyValuePair.Create(token.Text, token)));
        _inNormalized = new AddedTokenFinder(
            tokens[true].Select(token => KeyValuePair.Create(Normalize(token.Text), token)).DistinctBy(token => token.Key));
        foreach (AddedToken token in tokens[true])
        {
            int[] codePoints = [.. Normalize(token.Text).EnumerateRunes().Select(rune => rune.Value)];
            for (int i = 1; i < codePoints.Length; i++) _withinNormalizedTokens.Add((codePoints[i - 1], codePoints[i]));
            if (codePoints.Length > 0 && !_preparation.IsNone) _endsOfNormalizedTokens.Add(codePoints[^1]);
        }
    }

    /// <summary>Appends the ids of a text.</summary>
    /// <param name="encoder">Cuts and merges.</param>
    /// <param name="text">UTF-8.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="specialTokens">What to do with special tokens.</param>
    /// <param name="place">Whether the text begins here, or goes on after a safe cut.</param>
    /// <exception cref="ForbiddenSpecialTokenException">The text holds a special token, which is forbidden.</exception>
    public void Encode(
        BpeEncoder encoder, ReadOnlySpan<byte> text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens, SectionPlace place)
    {
        int start = 0;
        for (AddedTokenFinder.FoundToken found = default; _inText.TryFind(text, found, specialTokens, out found);)
        {
            if (found.Token.IsSpecial && specialTokens == SpecialTokenHandling.Forbid)
                throw new ForbiddenSpecialTokenException(found.Token.Text, found.TextStart);
            if (found.Start > start) EncodeSection(encoder, text[start..found.Start], start, ids, specialTokens, place);
            ids.Write([found.Token.Id]);
            place = SectionPlace.AfterToken;
            start = found.End;
        }
        if (start < text.Length) EncodeSection(encoder, text[start..], start, ids, specialTokens, place);
    }

    /// <summary>As <see cref="ITokenizer.FindSafeCut"/>.</summary>
    public int FindSafeCut(ReadOnlySpan<byte> text, SpecialTokenHandling specialTokens)
    {
        if (specialTokens == SpecialTokenHandling.Ignore && !_alwaysFinds) return FindSectionCut(text);
        int cut = FindSectionCut(text);
        // Where something is put before sections, a part that begins right after a token would need it, and any other must not have it.
        while (cut > 0 && _inText.IsTouchedBy(text, cut, edgesMatter: !_both.IsNone)) cut = FindSectionCut(text[..cut]);
        return cut > 0 || !_both.IsNone ? cut : _inText.FindEndOfLast(text);
    }

    private int FindSectionCut(ReadOnlySpan<byte> text)
    {
        if (_both.IsNone) return _vocabulary.PreTokenizer.FindSafeCut(text);
        if (_vocabulary.PreTokenizer is not IPairwisePreTokenizer preTokenizer || _inNormalized.LooksAround) return 0;
        return _both.FindSafeCut(
            text, (first, second) => preTokenizer.IsCut(first, second)
                && !_withinNormalizedTokens.Contains((first, second)) && !_endsOfNormalizedTokens.Contains(first));
    }

    private string Normalize(string text) => _normalizer.ApplyToToken(text);

    private void EncodeSection(
        BpeEncoder encoder, ReadOnlySpan<byte> section, int offset, IBufferWriter<int> ids, SpecialTokenHandling specialTokens,
        SectionPlace place)
    {
        ReadOnlySpan<byte> text = _normalizer.Apply(section, place);
        int start = 0;
        for (AddedTokenFinder.FoundToken found = default; _inNormalized.TryFind(text, found, specialTokens, out found);)
        {
            if (found.Token.IsSpecial && specialTokens == SpecialTokenHandling.Forbid)
                throw new ForbiddenSpecialTokenException(found.Token.Text, offset);
            if (found.Start > start) encoder.Encode(_preparation.Apply(text[start..found.Start], place), ids);
            ids.Write([found.Token.Id]);
            place = SectionPlace.AfterToken;
            start = found.End;
        }
        if (start < text.Length) encoder.Encode(_preparation.Apply(text[start..], place), ids);
    }
}
