using System.Text;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>Finds where two answers to the same texts differ, and tells it so that a reader can mend it at once.</summary>
internal sealed class Differences(string subject, ITokenizer tokenizer)
{
    private const int MaxTold = 5;
    private const int CharactersBefore = 60;
    private const int MaxWhole = 400;
    private readonly List<string> _findings = [];

    /// <summary>Fails with all that was found.</summary>
    public void AssertNone() => Assert.True(_findings.Count == 0, Environment.NewLine + string.Join(Environment.NewLine, _findings));

    /// <summary>Compares ids, a list for each text.</summary>
    /// <param name="claim">What is compared, as a sentence that begins with "ids" and that "in 3 of 100 texts" can follow.</param>
    /// <param name="texts">The texts.</param>
    /// <param name="expected">The ids that are right.</param>
    /// <param name="actual">The ids that are held to them.</param>
    public void CompareIds(string claim, IReadOnlyList<string> texts, IReadOnlyList<int[]> expected, IReadOnlyList<int[]> actual) =>
        Tell(claim, texts, text => !expected[text].AsSpan().SequenceEqual(actual[text]), (told, text) =>
        {
            int place = expected[text].AsSpan().CommonPrefixLength(actual[text]);
            told.AppendLine($"  text {text}: {Window(texts[text], expected[text].AsSpan(0, place))}");
            told.AppendLine($"    expected {Spelling.Of(tokenizer, expected[text], place)}");
            told.AppendLine($"    actual   {Spelling.Of(tokenizer, actual[text], place)}");
        });

    /// <summary>Compares decoded texts.</summary>
    public void CompareTexts(
        string claim, IReadOnlyList<string> texts, IReadOnlyList<int[]> ids,
        IReadOnlyList<string> expected, IReadOnlyList<string> actual) =>
        Tell(claim, texts, text => expected[text] != actual[text], (told, text) =>
        {
            int place = expected[text].AsSpan().CommonPrefixLength(actual[text]);
            int start = Math.Max(0, place - CharactersBefore);
            told.AppendLine($"  text {text}: {Spelling.Of(texts[text])}");
            told.AppendLine($"    ids {Spelling.Of(tokenizer, ids[text], -1)}");
            told.AppendLine($"    expected from character {start}: {Spelling.Of(expected[text][start..])}");
            told.AppendLine($"    actual   from character {start}: {Spelling.Of(actual[text][start..])}");
        });

    /// <summary>Counts the texts that differ and tells of the shortest.</summary>
    private void Tell(string claim, IReadOnlyList<string> texts, Func<int, bool> differs, Action<StringBuilder, int> tell)
    {
        int[] different = [.. Enumerable.Range(0, texts.Count).Where(differs).OrderBy(text => texts[text].Length)];
        if (different.Length == 0) return;
        StringBuilder told = new();
        told.AppendLine($"{subject}: {claim} in {different.Length} of {texts.Count} texts. The shortest of these:");
        foreach (int text in different.Take(MaxTold)) tell(told, text);
        _findings.Add(told.ToString());
    }

    /// <summary>A text, or of a long one what is around the end of the ids that agree.</summary>
    private string Window(string text, ReadOnlySpan<int> agreed)
    {
        if (text.Length <= MaxWhole) return Spelling.Of(text);
        int start = Math.Clamp(tokenizer.Decode(agreed).Length - CharactersBefore, 0, text.Length);
        return $"from about character {start}: {Spelling.Of(text[start..])}";
    }
}
