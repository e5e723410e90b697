using System.Globalization;
using System.Numerics;

namespace Cs336.Charts;

/// <summary>
/// A small font of strokes. A server often has no fonts installed and no library to draw them, so the charts bring
/// their own.
/// </summary>
internal static class StrokeFont
{
    private const float Gap = 2.4f;
    private const float SpaceWidth = 2.6f;
    private const float DigitWidth = 6;
    private const float CapitalHeight = 10;

    private static readonly Dictionary<char, Vector2[][]> Letters =
        Glyphs.Strokes.ToDictionary(glyph => glyph.Key, glyph => Parse(glyph.Value));

    /// <summary>The width of a text in pixels.</summary>
    /// <param name="text">Printable ASCII; other characters count and look like a question mark.</param>
    /// <param name="size">The height of a capital in pixels.</param>
    public static float Measure(string text, float size) =>
        text.Length == 0 ? 0 : (text.Sum(letter => Width(letter) + Gap) - Gap) * size / CapitalHeight;

    /// <summary>The strokes of a text in pixels.</summary>
    /// <param name="text">Printable ASCII; another character becomes a question mark.</param>
    /// <param name="size">The height of a capital in pixels.</param>
    /// <param name="start">Where the baseline begins.</param>
    /// <param name="upwards">Whether the text runs from the bottom to the top instead of from left to right.</param>
    public static IEnumerable<Vector2[]> Layout(string text, float size, Vector2 start, bool upwards = false)
    {
        float scale = size / CapitalHeight, x = 0;
        foreach (char letter in text)
        {
            foreach (Vector2[] stroke in letter == ' ' ? [] : StrokesOf(letter))
            {
                yield return [.. stroke.Select(point => start + (scale * Turn(new Vector2(point.X + x, -point.Y))))];
            }

            x += Width(letter) + Gap;
        }

        Vector2 Turn(Vector2 point) => upwards ? new Vector2(point.Y, -point.X) : point;
    }

    // Digits share one width, so that numbers in a column line up.
    private static float Width(char letter) => letter switch
    {
        ' ' => SpaceWidth,
        >= '0' and <= '9' => DigitWidth,
        _ => StrokesOf(letter).Max(stroke => stroke.Max(point => point.X)),
    };

    private static Vector2[][] StrokesOf(char letter) => Letters.GetValueOrDefault(letter) ?? Letters['?'];

    private static Vector2[][] Parse(string glyph) =>
    [
        .. glyph.Split('|').Select(stroke =>
            stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(ParsePart).ToArray()),
    ];

    private static IEnumerable<Vector2> ParsePart(string part)
    {
        float[] numbers = [.. part.Trim('(', ')').Split(',').Select(n => float.Parse(n, CultureInfo.InvariantCulture))];
        return part[0] == '(' ? Arc(numbers) : [new Vector2(numbers[0], numbers[1])];
    }

    private static IEnumerable<Vector2> Arc(float[] arc)
    {
        var (center, radius) = (new Vector2(arc[0], arc[1]), new Vector2(arc[2], arc[3]));
        int pieces = (int)MathF.Ceiling(Math.Abs(arc[5] - arc[4]) / 12);
        for (int i = 0; i <= pieces; i++)
        {
            (float sine, float cosine) = MathF.SinCos((arc[4] + ((arc[5] - arc[4]) * i / pieces)) * MathF.PI / 180);
            yield return center + (radius * new Vector2(cosine, sine));
        }
    }
}
