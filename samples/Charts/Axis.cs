namespace Cs336.Charts;

/// <summary>Maps values to pixels along one axis and finds round values to mark on it.</summary>
/// <param name="lowPixel">Where the axis begins.</param>
/// <param name="highPixel">Where it ends; less than <paramref name="lowPixel"/> where it points up.</param>
internal abstract class Axis(float lowPixel, float highPixel)
{
    /// <summary>The round values on the axis, from low to high.</summary>
    public abstract IEnumerable<double> Ticks();

    /// <summary>A round value as text, with what tells it from the next.</summary>
    public abstract string Label(double tick);

    /// <summary>Where a value lies, in pixels.</summary>
    public float Pixel(double value) => (float)(lowPixel + (Position(value) * (highPixel - lowPixel)));

    /// <summary>Where a value lies, from 0 at the low end to 1 at the high one.</summary>
    protected abstract double Position(double value);
}
