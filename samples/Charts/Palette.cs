namespace Cs336.Charts;

/// <summary>Colors that can be told apart, also by most people who do not see all colors.</summary>
internal static class Palette
{
    private static readonly Rgb[] Colors =
    [
        new(36, 104, 178), new(222, 96, 20), new(0, 140, 110), new(190, 40, 60), new(130, 80, 170),
        new(150, 110, 40), new(220, 110, 175), new(70, 75, 85), new(150, 165, 30), new(40, 170, 205),
        new(105, 60, 30), new(120, 120, 120),
    ];

    public static Rgb Of(int series) => Colors[series % Colors.Length];
}
