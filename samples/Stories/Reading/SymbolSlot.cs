namespace Stories;

/// <summary>
/// Takes the place of a character or a thing where a template is turned into a <see cref="SentencePattern"/>: instead of "Lily" or
/// "blue kite" it gives words that no story has and that tell what would stand there.
/// </summary>
/// <param name="Slot">The name of the slot in the templates.</param>
/// <param name="Example">What stands there in one scene: how its forms are built shows on it.</param>
internal sealed record SymbolSlot(string Slot, ISlot Example) : ISlot
{
    private const string Mark = "zz";

    /// <inheritdoc/>
    public string? Form(string form) => Example switch
    {
        Thing thing => OfThing(thing, form),
        Character character => OfCharacter(character, form),
        _ => Example.Form(form),
    };

    /// <summary>The class of a word of a pattern and what it is a property of: ("friend", Kind); null for a word of a story.</summary>
    public static (string Slot, WordClass Class)? Read(string word)
    {
        if (!word.StartsWith(Mark, StringComparison.Ordinal)) return null;
        string[] parts = word.Split(Mark, StringSplitOptions.RemoveEmptyEntries);
        return (parts[0], Enum.Parse<WordClass>(parts[1], ignoreCase: true));
    }

    private string? OfThing(Thing thing, string form) => form switch
    {
        "" or "a" => $"{Word(WordClass.Color)} {Word(WordClass.Thing)}",
        "color" => Word(WordClass.Color),
        "noun" => Word(WordClass.Thing),
        _ => thing.Form(form),
    };

    private string? OfCharacter(Character character, string form) => form switch
    {
        "" when character.IsNamed => English.Capitalize(Word(WordClass.Name)),
        "" when character.IsElder => Word(WordClass.Elder),
        "" => $"the old {Word(WordClass.Kind)}",
        "a" when character.IsNamed => $"{Word(WordClass.Trait)} {Word(WordClass.Kind)}",
        "a" => $"old {Word(WordClass.Kind)}",
        "kind" => Word(WordClass.Kind),
        "hand" => Word(WordClass.Hand),
        "he" => Word(WordClass.He),
        "him" or "his" => Word(WordClass.Him),
        "son" => Word(WordClass.Son),
        "himself" => Word(WordClass.Himself),
        _ => null,
    };

    private string Word(WordClass wordClass) => $"{Mark}{Slot}{Mark}{wordClass}";
}
