namespace Stories;

/// <summary>The hero helps somebody old on the road and is helped in turn when in need.</summary>
internal sealed class HelpedStranger : Plot
{
    private static readonly (string Seen, string Asked, string Done)[] Troubles =
    [
        ("was pulling a heavy cart through the mud", "This cart is too heavy for me",
            "{Hero} pushed the cart from behind until it was out of the mud"),
        ("had dropped a basket of apples", "My back hurts and I cannot pick them up",
            "{Hero} picked up all the apples and put them back into the basket"),
        ("was looking for something in the grass", "I lost my glasses and I cannot see a thing",
            "{Hero} looked in the grass until {hero.he} found the glasses"),
        ("was sitting on a stone with a map", "I do not know the way to the village",
            "{Hero} walked with {stranger.him} all the way to the village"),
        ("was standing in front of a big puddle", "The water is too deep for my old legs",
            "{Hero} carried flat stones to the puddle and made a path"),
    ];

    private static readonly (string Need, string Help)[] Returns =
    [
        ("lost {hero.his} way in the fog", "I know every road here. I will take you home"),
        ("was caught in a heavy rain", "Come into my house. It is warm and dry"),
        ("fell and hurt {hero.his} knee", "Sit on my cart. I will take you home"),
        ("could not find a way over the water", "I have a small boat. Come with me"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["stranger"] = Casting.StrangerTo(scene.Hero, random);
        var (seen, asked, done) = random.Pick(Troubles);
        scene.Say("seen", seen);
        scene.Say("asked", asked);
        scene.Say("done", done);
        var (need, help) = random.Pick(Returns);
        scene.Say("need", need);
        scene.Say("help", help);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero} was on {hero.his} way to {place} to play with {hero.his} friends.",
            "{When} {hero} was walking to {place}.",
            "{When} {hero} was in a hurry, because there was a [party|game|picnic] {place.at}."),
        Beat.Of(
            "On the road {hero} met {stranger.a} who {seen}.",
            "By the road {hero} saw {stranger.a}. The {stranger.kind} {seen}.",
            "Then {hero} saw that {stranger.a} {seen}."),

        Beat.Paragraph(
            "“Can you help me?” asked {stranger}. “{Asked}.”",
            "“Oh dear,” said {stranger}. “{Asked}.”",
            "“Good day,” said {stranger}. “{Asked}. Will you please help me?”"),
        Beat.Of(
            "{Hero} did not know the old {stranger.kind}, but {hero.he} wanted to help.",
            "{Hero} wanted to go and play, but {hero.he} stopped.",
            "“Of course I will help you,” said {hero}."),
        Beat.Of(
            "{Done}.",
            "{Done}. It took a long time, but {hero.he} did not mind.",
            "{Done}. It was hard work."),
        Beat.Sometimes(
            "“You have a good heart, dear {hero.kind},” said {stranger}. “I will not forget you.”",
            "“Thank you, dear {hero.kind},” said {stranger}, and {stranger.he} gave {hero.him} a smile.",
            "“What is your name?” asked {stranger}. “I am {hero},” said {hero}, and then {hero.he} went on."),

        Beat.Paragraph(
            "A few days later, {hero} {need}. {Hero} was cold and a little afraid.",
            "Some time after that, {hero} {need}. “Who will help me now?” thought {hero}.",
            "The next week, {hero} {need}. {Hero} sat down and cried."),
        Beat.Of(
            "Then a voice said, “Is that you, {hero}?” It was {stranger}!",
            "And who came along the road? It was {stranger}!",
            "Just then, {hero.he} saw a light. It was {stranger} with a lamp."),
        Beat.Of(
            "“You helped me, and now I will help you,” said {stranger}. “{Help}.”",
            "“Do not cry, dear {hero.kind},” said {stranger}. “{Help}.”"),

        Beat.Paragraph(
            "From that day on, {hero} often came to see {stranger}, and they became good friends.",
            "{Hero} learned that kindness is like a ball: when you throw it, it comes back to you.",
            "“I am glad that I stopped to help,” said {hero}. A little kindness goes a long way."),
    ];
}
