using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Several steps of normalization, one after the other.</summary>
public class TextNormalizerTests
{
    private static readonly UnicodeFormStep Nfc = new(NormalizationForm.FormC), Nfkc = new(NormalizationForm.FormKC), Nfkd = new(
        NormalizationForm.FormKD);

    [Theory]
    [InlineData("e\u0301", "é")]
    [InlineData("e\u0897\u0301", "e\u0897\u0301")] // U+0897 is of Unicode 16: to version 9 nothing is sorted past it or composed across it
    [InlineData("㌀㋿", "アパート㋿")] // the square era name Reiwa is of Unicode 12.1
    [InlineData("\u1ABF\u0301e\u0301", "\u1ABF\u0301é")]
    public void Code_points_later_than_unicode_9_stay_as_they_are(string text, string expected) =>
        Assert.Equal(expected, Apply(new TextNormalizer(Nfkc), text, SectionPlace.TextStart));

    [Fact]
    public void Steps_follow_each_other()
    {
        TextNormalizer normalizer = new(new PrependStep("▁", false, false), new ReplaceStep(" ", "▁"), Nfc);

        Assert.Equal("▁é▁b", Apply(normalizer, "e\u0301 b", SectionPlace.TextStart));
        Assert.Equal("▁é▁b", Apply(normalizer, "e\u0301 b", SectionPlace.AfterToken));
        Assert.Equal("é▁b", Apply(normalizer, "e\u0301 b", SectionPlace.Continuation));
        Assert.Equal("", Apply(normalizer, "", SectionPlace.TextStart));
    }

    [Fact]
    public void Text_that_is_cut_becomes_what_the_whole_becomes()
    {
        TextNormalizer[] normalizers =
        [
            new(Nfc), new(Nfkd), new(new ReplaceStep("ab", "x")), new(new ReplaceStep("x", "\u0301"), Nfc),
            new(Nfkd, new ReplaceStep("fi", "-")),
            new(new ReplaceStep("x", ""), Nfc), new(new ReplaceStep("a", "b"), new ReplaceStep("bb", "c")),
            new(new ReplaceStep(" ", "▁"), Nfkc),
        ];
        int cuts = 0;
        foreach (TextNormalizer normalizer in normalizers)
        {
            for (int seed = 0; seed < 500; seed++)
            {
                byte[] text = Encoding.UTF8.GetBytes(
                    string.Concat(new Random(seed).GetItems(["a", "b", "x", "e", "\u0301", "ﬁ", " ", "f", "i", "가", "\u11A8", "ᄀ"], 12)));
                int cut = normalizer.FindSafeCut(text, (_, _) => true);
                if (cut == 0) continue;
                cuts++;
                byte[] whole = normalizer.Apply(text, SectionPlace.Continuation).ToArray();
                byte[] first = normalizer.Apply(text.AsSpan(0, cut), SectionPlace.Continuation).ToArray();
                byte[] second = normalizer.Apply(text.AsSpan(cut), SectionPlace.Continuation).ToArray();
                Assert.Equal(whole, first.Concat(second).ToArray());
            }
        }
        Assert.True(cuts > 1500);
    }

    private static string Apply(TextNormalizer normalizer, string text, SectionPlace place) =>
        Encoding.UTF8.GetString(normalizer.Apply(Encoding.UTF8.GetBytes(text), place));
}
