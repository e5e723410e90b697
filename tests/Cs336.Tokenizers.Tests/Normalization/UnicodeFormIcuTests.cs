using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Holds the normalization forms to ICU's, in what this .NET's Unicode version and ICU's both know.</summary>
public class UnicodeFormIcuTests
{
    // What has come with Unicode 15.1 and 16.0 and is decomposed, composed or sorted. An older ICU leaves it as it is, so there it is not
    // compared; UnicodeFormDataTests and NormalizationTestFileTests hold it to Unicode's own files.
    private static readonly (int First, int Last)[] NewerThanUnicode15 =
    [
        (0x897, 0x897), (0x105C9, 0x105C9), (0x105E4, 0x105E4), (0x10D69, 0x10D6D), (0x11380, 0x113E2), (0x16100, 0x16139),
        (0x16D40, 0x16D79), (0x1CCD6, 0x1CCF9), (0x1E5EE, 0x1E5EF),
    ];

    [IcuTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(14)]
    public void Each_code_point_becomes_what_icu_makes_of_it_by_itself_and_between_neighbours(int plane)
    {
        int[] codePoints = [.. Forms.CodePoints().Where(codePoint => codePoint >> 16 == plane && codePoint is not ('\n' or 0xFFFE))];
        int[][] compared = [.. codePoints.Where(codePoint => UnicodeDataFiles.IsAssigned(codePoint) && !IsNewer(codePoint)).Chunk(16)];
        string[] texts = [.. compared.Select(some => string.Concat(some.Select(Forms.AmongNeighbours)))];
        string[][] expected = IcuProbe.Normalize(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            for (int form = 0; form < Forms.All.Length; form++)
            {
                AssertEqual(Forms.All[form], texts[i], expected[i][form]);
            }
        }
    }

    [IcuTheory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_sequences_become_what_icu_makes_of_them(int seed)
    {
        Random random = new(seed);
        int[] codePoints = [.. Forms.TableCodePoints().Where(codePoint => !IsNewer(codePoint))];
        string[] texts = [.. Enumerable.Range(0, 40_000).Select(_ => Forms.RandomText(random, codePoints, random.Next(1, 24)))];
        string[][] expected = IcuProbe.Normalize(texts);
        for (int i = 0; i < texts.Length; i++)
        {
            for (int form = 0; form < Forms.All.Length; form++)
            {
                AssertEqual(Forms.All[form], texts[i], expected[i][form]);
            }
        }
    }

    private static void AssertEqual(NormalizationForm form, string text, string expected)
    {
        string actual = Forms.Normalize(form, text);
        if (actual != expected) Assert.Fail($"{form} of {Forms.Spell(text)}: {Forms.Spell(actual)} instead of {Forms.Spell(expected)}");
    }

    private static bool IsNewer(int codePoint) =>
        !IcuProbe.KnowsUnicode16 && Array.Exists(NewerThanUnicode15, range => codePoint >= range.First && codePoint <= range.Last);

    private sealed class IcuTheoryAttribute : TheoryAttribute
    {
        public IcuTheoryAttribute() => Skip = IcuProbe.WhyNot;
    }
}
