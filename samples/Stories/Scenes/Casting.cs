namespace Stories;

/// <summary>
/// Who plays in a story. Two things help a small model to tell its characters apart within two minutes. All of a story's
/// characters take the same pronoun: that a story is about "her" is to be learnt from any word of it, where telling two people
/// apart by their pronouns takes an hour. And there are many names, some for heroes and others for friends: of few, a guess is
/// right often enough, and whoever has learnt to say a hero's name again at first gives it to the friend as well.
/// </summary>
internal static class Casting
{
    private static readonly string[] HeroGirls = ["Lily", "Mia", "Anna", "Ruby", "Zoe", "Lucy", "Ella", "Rosa", "Emma", "Nora"];
    private static readonly string[] HeroBoys = ["Leo", "Max", "Ben", "Tom", "Sam", "Jack", "Finn", "Oscar", "Paul", "Tim"];
    private static readonly string[] FriendGirls = ["Clara", "Ida", "Molly", "Jane", "Daisy", "Kate", "Alice", "Sara", "Eva", "Grace"];
    private static readonly string[] FriendBoys = ["Noah", "Adam", "Hugo", "Peter", "Jim", "Toby", "Oliver", "Nick", "Luke", "Fred"];

    /// <summary>Names for girls and she-animals.</summary>
    public static IReadOnlyList<string> Girls { get; } = [.. HeroGirls, .. FriendGirls];

    /// <summary>Names for boys and he-animals.</summary>
    public static IReadOnlyList<string> Boys { get; } = [.. HeroBoys, .. FriendBoys];

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
        string name = random.Pick(isFemale ? HeroGirls : HeroBoys);
        return random.Chance(40) ? Child(name, isFemale, random) : Animal(name, random.Pick(Animals), isFemale, random);
    }

    /// <summary>A friend for the hero: a child for a child, and for an animal one of another kind.</summary>
    public static Character FriendOf(Character hero, StoryRandom random)
    {
        string name = random.Pick(hero.IsFemale ? FriendGirls : FriendBoys);
        if (!Animals.Contains(hero.Kind)) return Child(name, hero.IsFemale, random);
        string[] others = [.. Animals.Where(kind => kind != hero.Kind)];
        return Animal(name, random.Pick(others), hero.IsFemale, random);
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

    private static Character Child(string name, bool isFemale, StoryRandom random)
    {
        string kind = isFemale ? "girl" : "boy";
        return new Character(name, isFemale, $"{random.Pick(Adjectives)} {kind}", kind, "hand");
    }

    private static Character Animal(string name, string kind, bool isFemale, StoryRandom random) =>
        new(name, isFemale, $"{random.Pick(Adjectives)} {kind}", kind, "paw");
}
