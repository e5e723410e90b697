namespace Stories;

/// <summary>The sky over a story.</summary>
/// <param name="Name">The adjective: "windy".</param>
/// <param name="Sky">What one sees or hears of it, as a clause: "the leaves were dancing in the air".</param>
internal sealed record Weather(string Name, string Sky) : ISlot
{
    /// <summary>Every weather there is. None of them keeps anybody at home.</summary>
    public static IReadOnlyList<Weather> All { get; } =
    [
        new("sunny", "the birds were singing in the trees"),
        new("warm", "the bees were humming in the flowers"),
        new("windy", "the leaves were dancing in the air"),
        new("cloudy", "soft gray clouds were floating over the hills"),
        new("bright", "there was not one cloud in the sky"),
        new("cool", "the grass was wet with dew"),
    ];

    /// <inheritdoc/>
    public string? Form(string form) => form switch
    {
        "" => Name,
        "a" => English.WithArticle(Name),
        "sky" => Sky,
        _ => null,
    };
}
