using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Where <see cref="UnicodeFormStep.AllowsCut"/> allows a cut, both sides become the same apart as together.</summary>
public class UnicodeFormCutTests
{
    [Theory]
    [MemberData(nameof(EachForm))]
    public void Random_sequences_cut_at_every_place_that_is_allowed_become_the_same(NormalizationForm form)
    {
        UnicodeFormStep step = new(form);
        Random random = new(3);
        int[] codePoints = Forms.TableCodePoints();
        int cuts = 0;
        for (int i = 0; i < 20_000; i++)
        {
            string text = Forms.RandomText(random, codePoints, random.Next(2, 20)), normalized = Forms.Normalize(form, text);
            Rune[] runes = [.. text.EnumerateRunes()];
            for (int k = 1, position = 0; k < runes.Length; k++)
            {
                position += runes[k - 1].Utf16SequenceLength;
                if (!step.AllowsCut(runes[k - 1].Value, runes[k].Value)) continue;
                Assert.Equal(normalized, Forms.Normalize(form, text[..position]) + Forms.Normalize(form, text[position..]));
                cuts++;
            }
        }
        Assert.InRange(cuts, 50_000, 400_000);
    }

    [Theory]
    [MemberData(nameof(EachForm))]
    public void No_code_point_that_a_cut_is_allowed_before_is_changed_by_any_that_others_compose_with(NormalizationForm form)
    {
        UnicodeFormStep step = new(form);
        UnicodeForm unicodeForm = UnicodeForm.Of(form);
        int[] codePoints = Forms.TableCodePoints();
        byte[][] before = [.. Befores(codePoints).Select(Encoding.UTF8.GetBytes)];
        foreach (int codePoint in codePoints.Where(codePoint => codePoint is < Hangul.FirstSyllable + 29 or > 0xD7A3))
        {
            if (!step.AllowsCut('|', codePoint)) continue;
            byte[] after = Encoding.UTF8.GetBytes(char.ConvertFromUtf32(codePoint)), normalized = Forms.Normalize(form, after);
            foreach (byte[] text in before)
            {
                // The one before is in the form; were it changed by the other, the two would not be in it together.
                byte[] both = [.. text, .. normalized];
                if (!unicodeForm.Holds(both)) Assert.Fail($"U+{codePoint:X4} after {Forms.Spell(Encoding.UTF8.GetString(text))}");
            }
        }

        IEnumerable<string> Befores(int[] codePoints)
        {
            HashSet<string> firsts = ["\u1100", "\uAC00", "\u0316", "\u0301", "\u0345", "a\u0301", "a\u0345", "\u0915\u094D"];
            foreach (int codePoint in codePoints)
            {
                string parts = Forms.Normalize(NormalizationForm.FormD, char.ConvertFromUtf32(codePoint));
                if (codePoint is < Hangul.FirstSyllable or > 0xD7A3) firsts.Add(parts.EnumerateRunes().First().ToString());
            }
            return firsts.Select(first => Forms.Normalize(form, first)).Where(text => text.Length > 0).Distinct();
        }
    }

    [Theory]
    [InlineData(NormalizationForm.FormC, "\u0301\u093C\u094D\u1161\u11A8\u3099\u0344\U00016D67\U00016D68\U0001611E",
        "a\u00E9\u1100\uAC00\u4E2D\u212B\uFF9E\u3150")]
    [InlineData(NormalizationForm.FormD, "\u0301\u0323\u094D\u3099\u0344", "a\u00E9\u1100\u1161\u11A8\uAC00\uFF9E\U00016D67")]
    [InlineData(NormalizationForm.FormKC, "\u0301\uFF9E\u314F\uFFC2\u1161", "a\u00A8\u3131\uFB01\uFF76")]
    [InlineData(NormalizationForm.FormKD, "\u0301\uFF9E\u3099", "a\u00A8\u3131\u314F\uFB01")]
    public void Cuts_are_allowed_before_what_begins_a_cluster_alone(NormalizationForm form, string joining, string beginning)
    {
        UnicodeFormStep step = new(form);
        Assert.All(joining.EnumerateRunes(), rune => Assert.False(step.AllowsCut('e', rune.Value), $"U+{rune.Value:X4}"));
        Assert.All(beginning.EnumerateRunes(), rune => Assert.True(step.AllowsCut('e', rune.Value), $"U+{rune.Value:X4}"));
    }

    public static TheoryData<NormalizationForm> EachForm() => [.. Forms.All];
}
