namespace Stories;

/// <summary>
/// The first sentences, the same for all plots: who the hero is and where he or she lives. They also set the slot
/// <c>when</c>, the words that the first beat of a plot begins with.
/// </summary>
internal static class Opening
{
    /// <summary>What a hero can like to do.</summary>
    public static IReadOnlyList<string> Hobbies { get; } =
    [
        "sing", "dance", "draw", "run fast", "pick flowers", "count the stars", "watch the clouds", "play outside",
        "tell funny stories", "jump over puddles", "climb on big rocks", "collect pretty stones",
    ];

    /// <summary>When a story can happen.</summary>
    public static IReadOnlyList<string> Times { get; } = ["day", "morning", "afternoon"];

    private const string WhenDayIsTold = "that {time},";
    private const string WhenAnyDay = "one day,";
    private const string WhenDayIsNew = "one {weather} {time},";

    private static readonly Beat[] HeroFirst =
    [
        Beat.Of(
            "Once upon a time, there was {hero.a} named {hero}. {Hero} lived {place.home}.",
            "Once upon a time, there was {hero.a} named {hero}. {Hero} liked to {hobby}.",
            "Once upon a time, {hero.a} named {hero} lived {place.home}. {Hero} liked to {hobby}.",
            "{Hero} was {hero.a} who lived {place.home}.",
            "{Hero} was {hero.a} who liked to {hobby}.",
            "There once was {hero.a} named {hero} who liked to {hobby}."),
    ];

    private static readonly Beat[] DayFirst =
    [
        Beat.Of(
            "It was {weather.a} {time}, and {weather.sky}.",
            "One {weather} {time}, {weather.sky}."),
        Beat.Of(
            "{Hero.a} named {hero} was glad to be outside. {Hero} lived {place.home}.",
            "{Hero.a} named {hero}, who lived {place.home}, looked up at the sky and smiled.",
            "{Hero.a} named {hero} sang a little song, for {hero.he} liked such days best."),
    ];

    /// <summary>Every beat that an opening can have.</summary>
    public static IEnumerable<Beat> AllBeats => HeroFirst.Concat(DayFirst);

    /// <summary>The words that the first beat of a plot can begin with.</summary>
    public static IReadOnlyList<string> Whens { get; } = [WhenDayIsTold, WhenAnyDay, WhenDayIsNew];

    /// <summary>The beats of an opening; fills the slots it needs and <c>when</c>.</summary>
    public static IReadOnlyList<Beat> Begin(Scene scene, StoryRandom random)
    {
        scene["weather"] = random.Pick(Weather.All);
        scene.Say("time", random.Pick(Times));
        scene.Say("hobby", random.Pick(Hobbies));

        bool dayFirst = random.Chance(25);
        scene.Say("when", dayFirst ? WhenDayIsTold : random.Chance(30) ? WhenAnyDay : WhenDayIsNew);
        return dayFirst ? DayFirst : HeroFirst;
    }
}
