namespace Cs336.Inference.Tests;

public sealed class StopStringMatcherTests
{
    [Fact]
    public void Any_text_cut_anywhere_ends_where_the_first_stop_string_is_complete()
    {
        SeededRandom random = new(8);
        string Letters(int max) => string.Concat(
            Enumerable.Range(0, 1 + (int)random.NextInt64(max)).Select(_ => "abc"[(int)random.NextInt64(3)]));
        int found = 0;
        for (int repeat = 0; repeat < 3000; repeat++)
        {
            string[] stops = [.. Enumerable.Range(0, 1 + (int)random.NextInt64(3)).Select(_ => Letters(6))];
            string text = Letters(40);
            StopStringMatcher matcher = new(stops);
            string shown = "";
            int taken = 0;
            while (taken < text.Length && !matcher.Found)
            {
                string piece = text.Substring(taken, Math.Min(1 + (int)random.NextInt64(5), text.Length - taken));
                taken += piece.Length;
                shown += matcher.Append(piece);
                if (!matcher.Found) Assert.Equal(WithoutBeginnings(text[..taken], stops), shown);
            }
            if (matcher.Found) found++;
            else shown += matcher.Flush();
            Assert.Equal(Expected(text, stops), shown);
        }
        Assert.InRange(found, 1000, 2900); // both cases were tried
    }

    [Fact]
    public void Without_stop_strings_nothing_is_held_back() => Assert.Equal("abc", new StopStringMatcher([]).Append("abc"));

    [Fact]
    public void A_long_stop_string_that_nearly_matches_everywhere_takes_no_quadratic_time()
    {
        StopStringMatcher matcher = new([new string('a', 200_000) + "b"]);
        string shown = matcher.Append(new string('a', 2_000_000)); // hangs where it is quadratic
        Assert.Equal(1_800_000, shown.Length);
        Assert.Equal(200_000, matcher.Flush().Length);
    }

    private static string Expected(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string[] complete = [.. stops.Where(stop => text.AsSpan(0, end).EndsWith(stop))];
            if (complete.Length > 0) return text[..(end - complete.Max(stop => stop.Length))];
        }
        return text;
    }

    private static string WithoutBeginnings(string text, string[] stops)
    {
        for (int start = 0; start < text.Length; start++)
            if (stops.Any(stop => stop.StartsWith(text[start..], StringComparison.Ordinal))) return text[..start];
        return text;
    }
}
