using System.Numerics;

namespace Cs336.Charts;

/// <summary>An image to draw on, white at first. Pixel (0, 0) is at the top left, its center at (0.5, 0.5).</summary>
internal sealed class Canvas
{
    private readonly byte[] _pixels;
    private readonly float[] _coverage;
    private readonly Box _all;

    /// <summary>A white image of this size in pixels.</summary>
    public Canvas(int width, int height)
    {
        _all = new Box(0, 0, width, height);
        _pixels = new byte[3 * width * height];
        _coverage = new float[width * height];
        Array.Fill(_pixels, byte.MaxValue);
        Clip = _all;
    }

    /// <summary>Nothing outside of this box is drawn on. At first the whole image.</summary>
    public Box Clip
    {
        get;
        set => field = value.Intersect(_all);
    }

    /// <summary>Fills whole pixels.</summary>
    public void Fill(Box box, Rgb color, float opacity = 1)
    {
        box = box.Intersect(Clip);
        for (int y = box.Top; y < box.Bottom; y++)
        {
            for (int x = box.Left; x < box.Right; x++) Blend(x, y, color, opacity);
        }
    }

    /// <summary>Draws a line with round ends and joints through points; through one point it is a disc.</summary>
    public void Stroke(IReadOnlyList<Vector2> points, float width, Rgb color, float opacity = 1)
    {
        if (points.Count == 0) return;

        // Coverage of the whole line first, then paint once: a faint line would get darker wherever segments meet.
        var touched = new Box(int.MaxValue, int.MaxValue, int.MinValue, int.MinValue);
        for (int i = 0; i < Math.Max(1, points.Count - 1); i++)
        {
            Box segment = Cover(points[i], points[Math.Min(i + 1, points.Count - 1)], width / 2);
            touched = new Box(
                Math.Min(touched.Left, segment.Left), Math.Min(touched.Top, segment.Top),
                Math.Max(touched.Right, segment.Right), Math.Max(touched.Bottom, segment.Bottom));
        }

        for (int y = touched.Top; y < touched.Bottom; y++)
        {
            for (int x = touched.Left; x < touched.Right; x++)
            {
                ref float coverage = ref _coverage[(y * _all.Width) + x];
                if (coverage == 0) continue;
                Blend(x, y, color, coverage * opacity);
                coverage = 0;
            }
        }
    }

    /// <summary>Writes the image as PNG.</summary>
    public void Save(Stream stream) => Png.Write(stream, _all.Width, _pixels);

    /// <summary>Raises the coverage of each pixel near a segment; returns the box of the pixels looked at.</summary>
    private Box Cover(Vector2 from, Vector2 to, float radius)
    {
        Vector2 low = Vector2.Min(from, to) - new Vector2(radius + 1);
        Vector2 high = Vector2.Max(from, to) + new Vector2(radius + 2);
        Box box = new Box((int)low.X, (int)low.Y, (int)high.X, (int)high.Y).Intersect(Clip);

        Vector2 along = to - from;
        float lengthSquared = Math.Max(along.LengthSquared(), 1e-12f);
        for (int y = box.Top; y < box.Bottom; y++)
        {
            for (int x = box.Left; x < box.Right; x++)
            {
                Vector2 offset = new Vector2(x + 0.5f, y + 0.5f) - from;
                float position = Math.Clamp(Vector2.Dot(offset, along) / lengthSquared, 0, 1);
                float distance = (offset - (position * along)).Length();
                ref float coverage = ref _coverage[(y * _all.Width) + x];
                coverage = Math.Max(coverage, Math.Clamp(radius + 0.5f - distance, 0, 1));
            }
        }

        return box;
    }

    private void Blend(int x, int y, Rgb color, float opacity)
    {
        Span<byte> pixel = _pixels.AsSpan(3 * ((y * _all.Width) + x), 3);
        pixel[0] = Mix(pixel[0], color.Red, opacity);
        pixel[1] = Mix(pixel[1], color.Green, opacity);
        pixel[2] = Mix(pixel[2], color.Blue, opacity);
    }

    private static byte Mix(byte below, byte above, float opacity) =>
        (byte)MathF.Round(below + ((above - below) * opacity));
}
