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
    private readonly TextNormalizer _normalizer;
    private readonly AddedTokenFinder _inText, _inNormalized;
    private readonly bool _alwaysFinds;
    private readonly HashSet<(int, int)> _withinNormalizedTokens = [];

    public SectionEncoder(BpeVocabulary vocabulary)
    {
        _vocabulary = vocabulary;
        _normalizer = vocabulary.Parts.Normalizer;
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
        }
    }

    /// <summary>Appends the ids of a text.</summary>
    /// <param name="encoder">Cuts and merges.</param>
    /// <param name="text">The text.</param>
    /// <param name="ids">Receives the ids.</param>
    /// <param name="specialTokens">What to do with special tokens.</param>
    /// <param name="place">Whether the text begins here, or goes on after a safe cut.</param>
    /// <exception cref="ForbiddenSpecialTokenException">The text holds a special token, which is forbidden.</exception>
    public void Encode(
        BpeEncoder encoder, ReadOnlySpan<byte> text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens, SectionPlace place)
    {
        int start = 0;
        while (_inText.TryFind(text, start, specialTokens, out AddedTokenFinder.FoundToken found))
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
        while (cut > 0 && _inText.IsTouchedBy(text, cut)) cut = FindSectionCut(text[..cut]);
        // Where something is put before sections, a part that begins right after a token would need it, and any other must not have it.
        return cut > 0 || !_normalizer.IsNone ? cut : _inText.FindEndOfLast(text);
    }

    private int FindSectionCut(ReadOnlySpan<byte> text)
    {
        if (_normalizer.IsNone) return _vocabulary.PreTokenizer.FindSafeCut(text);
        if (_vocabulary.PreTokenizer is not IPairwisePreTokenizer preTokenizer) return 0;
        return _normalizer.FindSafeCut(
            text, (first, second) => preTokenizer.IsCut(first, second) && !_withinNormalizedTokens.Contains((first, second)));
    }

    private string Normalize(string text) => _normalizer.ApplyToToken(text);

    private void EncodeSection(
        BpeEncoder encoder, ReadOnlySpan<byte> section, int offset, IBufferWriter<int> ids, SpecialTokenHandling specialTokens, SectionPlace place)
    {
        if (_normalizer.IsNone)
        {
            encoder.Encode(section, ids);
            return;
        }
        ReadOnlySpan<byte> text = _normalizer.Apply(section, place);
        int start = 0;
        while (_inNormalized.TryFind(text, start, specialTokens, out AddedTokenFinder.FoundToken found))
        {
            if (found.Token.IsSpecial && specialTokens == SpecialTokenHandling.Forbid)
                throw new ForbiddenSpecialTokenException(found.Token.Text, offset);
            encoder.Encode(text[start..found.Start], ids);
            ids.Write([found.Token.Id]);
            start = found.End;
        }
        encoder.Encode(text[start..], ids);
    }
}
