namespace Stories;

/// <summary>The hero is afraid of something, and a friend in need is on the other side of it.</summary>
internal sealed class AfraidAndBrave : Plot
{
    private static readonly (string Fear, string Where, string Inside, string Go, string Went, string Step)[] Fears =
    [
        ("the dark", "an old barn", "in the old barn", "go into the barn", "went into the barn",
            "It was so dark in there that {hero.he} could not see {hero.his} own nose."),
        ("the dark", "a deep cave", "in the cave", "go into the cave", "went into the cave",
            "The cave was black and cold, and water dripped from the walls."),
        ("high places", "a narrow bridge", "on the other side of the bridge", "cross the bridge", "crossed the bridge",
            "The bridge was high and it shook with every step."),
        ("loud noises", "a big waterfall", "behind the waterfall", "walk past the waterfall",
            "walked past the waterfall", "The water roared like a giant."),
        ("spiders", "an old mill", "in the old mill", "go into the mill", "went into the mill",
            "There were cobwebs everywhere, and they touched {hero.his} face."),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        var (fear, where, inside, go, went, step) = random.Pick(Fears);
        scene.Say("fear", fear);
        scene.Say("where", where);
        scene.Say("inside", inside);
        scene.Say("go", go);
        scene.Say("went", went);
        scene.Say("step", step);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "There was only one problem: {hero} was afraid of {fear}.",
            "{Hero} was not afraid of [storms|snakes|bees], but {hero.he} was very much afraid of {fear}.",
            "But {hero} had a secret. {Hero} was afraid of {fear}."),
        Beat.Of(
            "Not far from {place} there was {where}, and {hero} never went near it.",
            "Near {place} there was {where}. {Hero} always stayed away from it."),

        Beat.Paragraph(
            "{When} {hero} heard somebody call for help. It was {hero.his} friend {friend}, {friend.a}.",
            "{When} {hero} heard a voice. “Help! Help!” It was {hero.his} best friend {friend}, {friend.a}.",
            "{When} {hero} was looking for {hero.his} friend {friend}, {friend.a}. Then {hero.he} heard {friend.him} "
            + "shout, “Please help me!”"),
        Beat.Of(
            "{Friend} was {inside}, and {friend.his} foot was stuck under a [stone|log|branch].",
            "{Friend} had hurt {friend.his} leg {inside} and could not walk."),
        Beat.Of(
            "{Hero}'s legs began to shake. “I cannot {go},” thought {hero}. “I am too afraid.”",
            "{Hero} wanted to run away. {Hero.his} heart went boom, boom, boom.",
            "{Hero} looked around for somebody else, but there was nobody. “Can I {go} all alone?” thought {hero}."),
        Beat.Of(
            "But then {hero} thought of {hero.his} friend. “{Friend} needs me,” said {hero}.",
            "But {friend} called again, and {hero} knew what to do. “I am coming!” shouted {hero}.",
            "Then {hero} took a deep breath. “I can do this, one step at a time,” said {hero}."),

        Beat.Paragraph(
            "Slowly, {hero} {went}. {Step}",
            "{Hero} counted to three and {went}. {Step}",
            "{Hero} {went} with small steps. {Step}"),
        Beat.Sometimes(
            "{Hero} sang a little song to feel better.",
            "{Hero} wanted to turn back, but {hero.he} did not.",
            "“Do not stop,” {hero.he} told {hero.himself}."),
        Beat.Of(
            "At last {hero} found {friend}. {Hero} took {friend.his} {friend.hand} and led {friend.him} home.",
            "There was {friend}! {Hero} helped {friend.him} up, and together they went home.",
            "Soon {hero} was at {friend}'s side. “Hold on to me,” said {hero}, and they went home together."),
        Beat.Sometimes(
            "“You came for me!” said {friend}. “You are so brave.”",
            "“Thank you,” said {friend}. “I know that you are afraid of {fear}, and you still came.”"),

        Beat.Paragraph(
            "{Hero} smiled. Now {hero.he} knew that being brave means to be afraid and to help anyway.",
            "From that day on, {hero} was not so afraid of {fear} anymore.",
            "{Hero} learned that love for a friend can be bigger than any fear."),
    ];
}
