using System.Numerics;

namespace Cs336.Charts;

/// <summary>Draws pixels, letters with a font of strokes.</summary>
internal sealed class PngDrawing(int width, int height) : IDrawing
{
    private readonly Canvas _canvas = new(width, height);

    public Box? Clip
    {
        set => _canvas.Clip = value ?? new Box(0, 0, width, height);
    }

    public void Fill(Box box, Rgb color) => _canvas.Fill(box, color);

    public void Stroke(IReadOnlyList<Vector2> points, float width, Rgb color, float opacity = 1) =>
        _canvas.Stroke(points, width, color, opacity);

    public void Text(string text, Vector2 start, float size, Rgb color, bool bold = false, bool upwards = false)
    {
        foreach (Vector2[] stroke in StrokeFont.Layout(text, size, start, upwards))
            _canvas.Stroke(stroke, size * (bold ? 0.17f : 0.135f), color);
    }

    public void Save(Stream stream) => _canvas.Save(stream);
}
