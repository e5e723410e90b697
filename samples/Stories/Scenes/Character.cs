namespace Stories;

/// <summary>Somebody in a story.</summary>
/// <param name="Name">What the story calls them: "Lily", "mother", "the old turtle".</param>
/// <param name="IsFemale">Whether "she" or "he" stands for them.</param>
/// <param name="Description">An adjective with <paramref name="Kind"/>: "little fox".</param>
/// <param name="Kind">What they are: "fox", "girl".</param>
/// <param name="Hand">"hand" or "paw".</param>
internal sealed record Character(string Name, bool IsFemale, string Description, string Kind, string Hand) : ISlot
{
    /// <summary>Whether the story calls them by a name of their own.</summary>
    public bool IsNamed => char.IsUpper(Name[0]);

    /// <summary>Whether they are known for what they are to the hero: "grandmother".</summary>
    public bool IsElder => Name == Kind;

    /// <inheritdoc/>
    public string? Form(string form) => form switch
    {
        "" => Name,
        "a" => English.WithArticle(Description),
        "kind" => Kind,
        "hand" => Hand,
        "he" => IsFemale ? "she" : "he",
        "him" => IsFemale ? "her" : "him",
        "his" => IsFemale ? "her" : "his",
        "son" => IsFemale ? "daughter" : "son",
        "himself" => IsFemale ? "herself" : "himself",
        _ => null,
    };
}
