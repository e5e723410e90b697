namespace Stories;

/// <summary>The hero boasts of being fast, falls in the race and is helped by the slower one.</summary>
internal sealed class SlowRace : Plot
{
    private static readonly string[] Prizes =
        ["a golden cup", "a big cake", "a basket of apples", "a shiny medal", "a bag of nuts"];

    private static readonly string[] Falls =
    [
        "tripped over a root and fell on {hero.his} nose",
        "ran into deep mud and got stuck",
        "ran into a thorny bush and could not get out",
        "did not see the ditch and fell right into it",
        "slipped on a wet stone and hurt {hero.his} foot",
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        scene.Say("prize", random.Pick(Prizes));
        scene.Say("fall", random.Pick(Falls));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Sometimes(
            "{Hero} could run very fast, and {hero.he} told everybody about it.",
            "“I am the fastest of all,” {hero} said every day. “Nobody can beat me!”",
            "{Hero} was fast, but {hero.he} was also very proud of it."),
        Beat.Of(
            "{When} there was a race {place.at}. The prize was {prize}.",
            "{When} everybody came to {place} for a big race. The winner would get {prize}."),
        Beat.Of(
            "{Friend}, {friend.a}, wanted to run too.",
            "{Friend.a} named {friend} stood next to {hero.him} at the start.",
            "One of the runners was {friend}, {friend.a}."),

        Beat.Paragraph(
            "“You are much too slow,” {hero} told {friend.him} and laughed.",
            "“You can never win,” said {hero}. “Go home, little {friend.kind}!”",
            "{Hero} laughed at {friend}. “A snail is faster than you,” said {hero}."),
        Beat.Of(
            "{Friend} was sad, but {friend.he} said, “I will do my best.”",
            "“Maybe,” said {friend}, “but I want to try.”"),
        Beat.Of(
            "One, two, three, go! {Hero} ran so fast that {hero.he} was soon far ahead.",
            "The race began, and {hero} was in front of all the others.",
            "Off they went! {Hero} ran like the wind."),
        Beat.Of(
            "But {hero} looked back to laugh at the others. {Hero} {fall}.",
            "But then {hero} {fall}. “Ouch!” cried {hero}.",
            "{Hero} did not look where {hero.he} was going, and {hero.he} {fall}."),

        Beat.Paragraph(
            "The others ran past {hero.him}. Nobody stopped, until {friend} came.",
            "“Help me!” called {hero}. Everybody ran on. Only {friend} stopped.",
            "Then {friend} came along, step by step. {Friend} saw {hero} and stopped."),
        Beat.Of(
            "“Give me your {hero.hand},” said {friend}, and {friend.he} pulled {hero.him} up.",
            "{Friend} helped {hero.him} up and asked, “Are you hurt?”"),
        Beat.Of(
            "“But now you cannot win,” said {hero}. “You matter more than {prize},” said {friend}.",
            "“Why do you help me?” asked {hero}. “I was so mean to you.” “Because you need help,” said {friend}.",
            "{Hero}'s face got red. “I am sorry that I laughed at you,” said {hero}."),
        Beat.Of(
            "They walked to the end together, side by side. They were the last, but everybody cheered.",
            "Side by side they came to the finish line, and all the others clapped."),

        Beat.Paragraph(
            "{Hero} did not win the race, but {hero.he} won a friend, and that was better.",
            "From that day on, {hero} never laughed at anybody again, and {friend} became {hero.his} best friend.",
            "{Hero} learned that it is better to be kind than to be fast."),
    ];
}
