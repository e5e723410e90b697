namespace Cs336.Charts;

/// <summary>A color in sRGB, 0 to 255 a channel.</summary>
internal readonly record struct Rgb(byte Red, byte Green, byte Blue);
