namespace Stories;

/// <summary>Where a story happens.</summary>
/// <param name="Name">"the park".</param>
/// <param name="At">"in the park".</param>
/// <param name="Home">Where somebody lives who often goes there: "in a yellow house near the park".</param>
/// <param name="Spots">Corners of it where a thing can be found: "under the bench".</param>
internal sealed record Place(string Name, string At, string Home, string[] Spots) : ISlot
{
    /// <summary>Every place there is.</summary>
    public static IReadOnlyList<Place> All { get; } =
    [
        new("the garden", "in the garden", "in a house with a big garden",
            ["under the apple tree", "behind the roses", "next to the gate", "between two sunflowers"]),
        new("the woods", "in the woods", "in a small house near the woods",
            ["behind a fallen log", "under a pine tree", "next to a mossy rock", "in a pile of leaves"]),
        new("the river", "by the river", "in a cottage near the river",
            ["under the little bridge", "between two gray stones", "in the tall grass", "next to a willow tree"]),
        new("the park", "in the park", "in a yellow house near the park",
            ["under the bench", "behind the big oak tree", "next to the pond", "beside the swings"]),
        new("the beach", "on the beach", "in a white house near the beach",
            ["behind a big rock", "next to a pile of shells", "next to the old boat", "beside a sand castle"]),
        new("the farm", "on the farm", "in a small house near the farm",
            ["behind the hay", "next to the old cart", "next to the red barn", "by the fence"]),
        new("the meadow", "in the meadow", "in a round house near the meadow",
            ["in the tall grass", "under a green bush", "behind a flat stone", "among the daisies"]),
        new("the hill", "on the hill", "in a little house near the hill",
            ["behind a thorny bush", "under the old oak tree", "next to a white stone", "in a patch of clover"]),
    ];

    /// <inheritdoc/>
    public string? Form(string form) => form switch
    {
        "" => Name,
        "at" => At,
        "home" => Home,
        _ => null,
    };
}
