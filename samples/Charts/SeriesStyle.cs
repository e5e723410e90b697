namespace Cs336.Charts;

/// <summary>How a series is drawn.</summary>
public enum SeriesStyle
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>A thin, faint line, for what lies behind another.</summary>
    Faint,

    /// <summary>A line with a dot at each point, for few points.</summary>
    Dots,

    /// <summary>Crosses without a line; those whose value is not finite stand at the upper edge, for what ran away.</summary>
    Crosses,
}
