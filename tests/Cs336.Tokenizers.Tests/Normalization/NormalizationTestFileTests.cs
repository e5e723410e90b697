using System.Text;

namespace Cs336.Tokenizers.Tests;

/// <summary>Unicode's own test: NormalizationTest.txt of the Unicode version of this .NET, an earlier or a later one.</summary>
public class NormalizationTestFileTests
{
    // Which of the file's columns each form makes of which others.
    private static readonly (NormalizationForm Form, int Expected, int[] Of)[] Rules =
    [
        (NormalizationForm.FormC, 1, [0, 1, 2]), (NormalizationForm.FormC, 3, [3, 4]),
        (NormalizationForm.FormD, 2, [0, 1, 2]), (NormalizationForm.FormD, 4, [3, 4]),
        (NormalizationForm.FormKC, 3, [0, 1, 2, 3, 4]), (NormalizationForm.FormKD, 4, [0, 1, 2, 3, 4]),
    ];

    [TestFileFact]
    public void All_lines_of_unicodes_test_hold()
    {
        int lines = 0;
        foreach (string line in File.ReadLines(UnicodeDataFiles.PathOf(UnicodeDataFiles.TestName)))
        {
            if (line.Length == 0 || line[0] is '#' or '@') continue;
            string[] fields = line.Split(';')[..5];
            int[][] columns = [.. fields.Select(field => field.Split(' ').Select(UnicodeDataFiles.ReadCodePoint).ToArray())];
            if (!columns.All(column => column.All(UnicodeDataFiles.IsAssigned))) continue;
            string[] texts = [.. columns.Select(column => string.Concat(column.Select(char.ConvertFromUtf32)))];
            foreach ((NormalizationForm form, int expected, int[] of) in Rules)
            {
                Assert.All(of, column => Assert.Equal(Forms.Spell(texts[expected]), Forms.Spell(Forms.Normalize(form, texts[column]))));
            }
            lines++;
        }
        Assert.InRange(lines, 15_000, 100_000);
    }

    [TestFileFact]
    public void Code_points_that_the_test_does_not_list_stay_as_they_are()
    {
        HashSet<string> listed =
        [
            .. File.ReadLines(UnicodeDataFiles.PathOf(UnicodeDataFiles.TestName))
                .SkipWhile(line => !line.StartsWith("@Part1", StringComparison.Ordinal))
                .TakeWhile(line => !line.StartsWith("@Part2", StringComparison.Ordinal)).Select(line => line.Split(';')[0]),
        ];
        Assert.NotEmpty(listed);
        foreach (int[] codePoints in Forms.CodePoints().Where(codePoint => !listed.Contains($"{codePoint:X4}")).Chunk(256))
        {
            string text = string.Concat(codePoints.Select(codePoint => char.ConvertFromUtf32(codePoint) + "|"));
            Assert.All(Forms.All, form => Assert.Equal(text, Forms.Normalize(form, text)));
        }
    }

    private sealed class TestFileFactAttribute : FactAttribute
    {
        public TestFileFactAttribute() => Skip = UnicodeDataFiles.WhyNot(UnicodeDataFiles.TestName);
    }
}
