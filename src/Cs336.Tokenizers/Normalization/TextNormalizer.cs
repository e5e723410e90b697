using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>What is done to text before it is cut into pre-tokens: steps, one after the other.</summary>
internal sealed class TextNormalizer
{
    private readonly IReadOnlyList<NormalizerStep> _steps;
    private readonly bool _canTellCuts;

    /// <param name="steps">The steps, the first one first.</param>
    public TextNormalizer(params IReadOnlyList<NormalizerStep> steps)
    {
        _steps = steps;
        _canTellCuts = CanTellCuts();
    }

    /// <summary>Leaves all text as it is.</summary>
    public static TextNormalizer None { get; } = new();

    /// <summary>The steps, the first one first.</summary>
    public IReadOnlyList<NormalizerStep> Steps => _steps;

    /// <summary>Whether it leaves all text as it is.</summary>
    public bool IsNone => _steps.Count == 0;

    /// <summary>What becomes of an added token's text, by which it is then looked for.</summary>
    public string ApplyToToken(string text)
    {
        TextNormalizer ofTokens = new([.. _steps.Where(step => step.ChangesTokens)]);
        return Encoding.UTF8.GetString(ofTokens.Apply(Encoding.UTF8.GetBytes(text), SectionPlace.TextStart));
    }

    /// <summary>What becomes of a section of text: the text itself where nothing does.</summary>
    public ReadOnlySpan<byte> Apply(ReadOnlySpan<byte> utf8Text, SectionPlace place)
    {
        foreach (NormalizerStep step in _steps)
        {
            if (!step.Changes(utf8Text, place)) continue;
            ArrayBufferWriter<byte> output = new(utf8Text.Length + (utf8Text.Length / 4) + 16);
            step.Apply(utf8Text, output, place);
            utf8Text = output.WrittenSpan;
        }
        return utf8Text;
    }

    /// <summary>
    /// Finds the last place of a text where what becomes of both sides can be cut, as <paramref name="isCut"/> tells of the two code points
    /// around it; 0 where there is none.
    /// </summary>
    /// <remarks>
    /// Text is taken in clusters, between whose code points no step allows a cut: a cluster becomes the same by itself. The first and the
    /// last one of the text may go on beyond it, so they tell nothing.
    /// </remarks>
    public int FindSafeCut(ReadOnlySpan<byte> text, Func<int, int, bool> isCut)
    {
        if (!_canTellCuts) return 0;
        int next = 0, after = 0;
        Rune following = default;
        bool followingKnown = false;
        for (int position = text.Length; position > 0;)
        {
            bool known = Rune.DecodeLastFromUtf8(text[..position], out Rune rune, out int length) == OperationStatus.Done;
            if (known && followingKnown && AllowsCut(rune.Value, following.Value))
            {
                if (after > 0 && IsCut(text[position..next], text[next..after], isCut)) return next;
                (next, after) = (position, next);
            }
            (following, followingKnown) = (rune, known);
            position -= length;
        }
        return 0;
    }

    /// <summary>
    /// Whether what each step is given can be told from the original code points, as far as cuts go: not where a text is put together only
    /// by a step before the one that looks for it, nor where one puts in what the next would combine with what stands before.
    /// </summary>
    private bool CanTellCuts()
    {
        for (int i = 0; i < _steps.Count; i++)
        {
            if (_steps[i] is not ReplaceStep replace) continue;
            if (!replace.IsOne && _steps.Take(i).Any(step => step is not PrependStep)) return false;
            foreach (NormalizerStep later in _steps.Skip(i + 1))
            {
                if (later is UnicodeFormStep && (replace.To.Length == 0 || !later.AllowsCut('a', Rune.GetRuneAt(replace.To, 0).Value)))
                    return false;
            }
        }
        return true;
    }

    private bool AllowsCut(int first, int second)
    {
        foreach (NormalizerStep step in _steps)
        {
            if (!step.AllowsCut(first, second)) return false;
        }
        return true;
    }

    private bool IsCut(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after, Func<int, int, bool> isCut)
    {
        bool isKnown = Rune.DecodeLastFromUtf8(Apply(before, SectionPlace.Continuation), out Rune first, out _) == OperationStatus.Done;
        isKnown &= Rune.DecodeFromUtf8(Apply(after, SectionPlace.Continuation), out Rune second, out _) == OperationStatus.Done;
        return isKnown && isCut(first.Value, second.Value);
    }
}
