using System.Numerics;

namespace Cs336.Charts;

/// <summary>What a chart is drawn on. Pixel (0, 0) is at the top left.</summary>
internal interface IDrawing
{
    /// <summary>Nothing outside of this box is drawn on by <see cref="Fill"/> and <see cref="Stroke"/>; null for the whole.</summary>
    Box? Clip { set; }

    /// <summary>Fills a box.</summary>
    void Fill(Box box, Rgb color);

    /// <summary>Draws a line with round ends through points; through one point it is a disc.</summary>
    void Stroke(IReadOnlyList<Vector2> points, float width, Rgb color, float opacity = 1);

    /// <summary>Writes a text.</summary>
    /// <param name="text">One line.</param>
    /// <param name="start">Where the baseline begins.</param>
    /// <param name="size">The height of a capital in pixels.</param>
    /// <param name="color">Of the letters.</param>
    /// <param name="bold">Whether strokes are strong.</param>
    /// <param name="upwards">Whether it runs from the bottom to the top.</param>
    void Text(string text, Vector2 start, float size, Rgb color, bool bold = false, bool upwards = false);

    /// <summary>Writes the image as a file of its format.</summary>
    void Save(Stream stream);
}
