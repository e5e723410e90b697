namespace Stories;

/// <summary>
/// Who plays in a story. All of a story's characters take the same pronoun: a small model learns within a minute that a
/// story is about "her" from any word of it, where telling two people apart by their pronouns takes it an hour.
/// </summary>
internal static class Casting
{
    /// <summary>Names for girls and she-animals.</summary>
    public static IReadOnlyList<string> Girls { get; } = ["Lily", "Mia", "Anna", "Ruby", "Zoe"];

    /// <summary>Names for boys and he-animals.</summary>
    public static IReadOnlyList<string> Boys { get; } = ["Tom", "Max", "Ben", "Leo", "Sam"];

    private static readonly string[] Animals = ["rabbit", "fox", "bear", "mouse", "cat", "dog", "hedgehog", "otter"];

    private static readonly string[] OldAnimals = ["turtle", "goat", "donkey", "owl"];

    private static readonly string[] Adjectives =
        ["little", "small", "young", "happy", "cheerful", "curious", "clever", "playful"];

    private static readonly string[] Mothers = ["mother", "grandmother"];
    private static readonly string[] Fathers = ["father", "grandfather"];

    /// <summary>A main character: a child or a young animal.</summary>
    public static Character Hero(StoryRandom random)
    {
        bool isFemale = random.Chance(50);
        return random.Chance(40) ? Child(isFemale, random) : Animal(random.Pick(Animals), isFemale, random);
    }

    /// <summary>A friend for the hero, of another name: a child for a child, and for an animal one of another kind.</summary>
    public static Character FriendOf(Character hero, StoryRandom random)
    {
        if (!Animals.Contains(hero.Kind)) return Child(hero.IsFemale, random, hero.Name);
        string[] others = [.. Animals.Where(kind => kind != hero.Kind)];
        return Animal(random.Pick(others), hero.IsFemale, random, hero.Name);
    }

    /// <summary>A grown-up of the hero's family, named for what he or she is to the hero: "grandmother".</summary>
    public static Character ElderOf(Character hero, StoryRandom random)
    {
        string name = random.Pick(hero.IsFemale ? Mothers : Fathers);
        return new Character(name, hero.IsFemale, name, name, hero.Hand);
    }

    /// <summary>An old animal that nobody here has met before, known as "the old goat".</summary>
    public static Character StrangerTo(Character hero, StoryRandom random)
    {
        string kind = random.Pick(OldAnimals);
        return new Character($"the old {kind}", hero.IsFemale, $"old {kind}", kind, "foot");
    }

    private static Character Child(bool isFemale, StoryRandom random, string? exceptName = null)
    {
        string kind = isFemale ? "girl" : "boy";
        return new Character(Name(isFemale, random, exceptName), isFemale, $"{random.Pick(Adjectives)} {kind}", kind, "hand");
    }

    private static Character Animal(string kind, bool isFemale, StoryRandom random, string? exceptName = null) =>
        new(Name(isFemale, random, exceptName), isFemale, $"{random.Pick(Adjectives)} {kind}", kind, "paw");

    private static string Name(bool isFemale, StoryRandom random, string? except)
    {
        IReadOnlyList<string> names = isFemale ? Girls : Boys;
        return random.Pick([.. names.Where(name => name != except)]);
    }
}
