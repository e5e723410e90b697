namespace Stories;

/// <summary>Things that characters own, each in any of the colors.</summary>
internal static class Belongings
{
    private static readonly string[] Colors = ["red", "blue", "green", "yellow", "white", "orange"];

    private static readonly string[] Toys = ["ball", "kite", "drum", "boat", "train", "bucket"];
    private static readonly string[] Clothes = ["hat", "scarf", "bag"];
    private static readonly string[] Pairs = ["mittens", "boots"];
    private static readonly string[] Dishes = ["cup", "bowl", "plate", "vase", "jar"];

    /// <summary>Something to play with.</summary>
    public static Thing Toy(StoryRandom random) => new(random.Pick(Colors), random.Pick(Toys));

    /// <summary>Something small to carry or wear, perhaps a pair.</summary>
    public static Thing Treasure(StoryRandom random) => random.Next(4) switch
    {
        0 => new(random.Pick(Colors), random.Pick(Clothes)),
        1 => new(random.Pick(Colors), random.Pick(Pairs), IsPair: true),
        _ => Toy(random),
    };

    /// <summary>Something that breaks when it falls.</summary>
    public static Thing Dish(StoryRandom random) => new(random.Pick(Colors), random.Pick(Dishes));

    /// <summary>A color for something of the plot's own.</summary>
    public static string Color(StoryRandom random) => random.Pick(Colors);
}
