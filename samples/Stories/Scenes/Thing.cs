namespace Stories;

/// <summary>An object with a color: "red ball", or a pair of them: "blue mittens".</summary>
/// <param name="Color">The adjective before the noun.</param>
/// <param name="Noun">The noun, in the plural where <paramref name="IsPair"/> holds.</param>
/// <param name="IsPair">Whether verbs and pronouns that go with it are plural.</param>
internal sealed record Thing(string Color, string Noun, bool IsPair = false) : ISlot
{
    private string Name => $"{Color} {Noun}";

    /// <inheritdoc/>
    public string? Form(string form) => form switch
    {
        "" => Name,
        "a" => IsPair ? $"a pair of {Name}" : English.WithArticle(Name),
        "color" => Color,
        "noun" => Noun,
        "it" => IsPair ? "they" : "it",
        "them" => IsPair ? "them" : "it",
        "was" => IsPair ? "were" : "was",
        "is" => IsPair ? "are" : "is",
        _ => null,
    };
}
