using System.Numerics;

namespace Cs336.Charts.Tests;

public class StrokeFontTests
{
    [Fact]
    public void Every_printable_character_has_strokes_of_its_own()
    {
        string[] drawn = [.. Enumerable.Range('!', '~' - '!' + 1).Select(letter => Shape(((char)letter).ToString()))];

        Assert.Equal(94, drawn.Distinct().Count());
        Assert.DoesNotContain("", drawn);
        Assert.Equal("", Shape(" "));
    }

    [Fact]
    public void Letters_stand_on_the_baseline_within_their_height()
    {
        foreach (char letter in "ABCDEFGHIJKLMNOPRSTUVWXYZabcdefhiklmnorstuvwxz0123456789")
        {
            Vector2[] points = [.. StrokeFont.Layout(letter.ToString(), 10, new Vector2(0, 10)).SelectMany(stroke => stroke)];
            Assert.InRange(points.Max(point => point.Y), 9.9f, 10.1f);
            Assert.InRange(points.Min(point => point.Y), -0.1f, 3.1f);
            Assert.InRange(points.Min(point => point.X), -0.05f, 1.1f);
        }
    }

    [Fact]
    public void A_text_is_as_wide_as_measured_and_numbers_are_equally_wide()
    {
        float right = StrokeFont.Layout("Width", 20, Vector2.Zero).SelectMany(stroke => stroke).Max(point => point.X);

        Assert.Equal(StrokeFont.Measure("Width", 20), right, tolerance: 0.01f);
        Assert.Equal(StrokeFont.Measure("1111", 11), StrokeFont.Measure("8480", 11));
        Assert.Equal(0, StrokeFont.Measure("", 11));
    }

    [Fact]
    public void Text_can_run_upwards()
    {
        Vector2[] level = [.. StrokeFont.Layout("Loss", 10, Vector2.Zero).SelectMany(stroke => stroke)];
        Vector2[] upwards = [.. StrokeFont.Layout("Loss", 10, Vector2.Zero, upwards: true).SelectMany(stroke => stroke)];

        Assert.Equal(level.Select(point => new Vector2(point.Y, -point.X)), upwards);
    }

    [Fact]
    public void A_character_without_strokes_becomes_a_question_mark() => Assert.Equal(Shape("?"), Shape("é"));

    private static string Shape(string text) =>
        string.Join('|', StrokeFont.Layout(text, 10, Vector2.Zero).Select(stroke => string.Join(' ', stroke)));
}
