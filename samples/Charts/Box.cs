namespace Cs336.Charts;

/// <summary>A rectangle of pixels; y grows downwards, and the right and bottom edges do not belong to it.</summary>
internal readonly record struct Box(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Pixels from left to right.</summary>
    public int Width => Right - Left;

    /// <summary>Pixels from top to bottom.</summary>
    public int Height => Bottom - Top;

    /// <summary>The part that lies in another box too.</summary>
    public Box Intersect(Box other) => new(
        Math.Max(Left, other.Left), Math.Max(Top, other.Top),
        Math.Min(Right, other.Right), Math.Min(Bottom, other.Bottom));
}
