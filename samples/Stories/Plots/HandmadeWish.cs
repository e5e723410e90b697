namespace Stories;

/// <summary>The hero wishes for something in a shop, has no money for it and makes it.</summary>
internal sealed class HandmadeWish : Plot
{
    private static readonly (string Noun, string Parts, string Work, string Use)[] Wishes =
    [
        ("kite", "some paper, two thin sticks and a long string", "tied the sticks together and put the paper on them",
            "It flew up, high above the trees"),
        ("drum", "an old pot and a piece of cloth", "pulled the cloth over the pot and tied it with a string",
            "Boom, boom, boom, it went, and everybody danced"),
        ("boat", "a piece of wood, a stick and a leaf", "made a hole in the wood and put in the stick with the leaf",
            "It floated on a puddle like a real ship"),
        ("puppet", "an old sock and two buttons", "sewed the buttons on the sock so that it had eyes",
            "It could talk and sing and nod its head"),
        ("crown", "some thick paper and a pot of glue", "cut the paper and glued the ends together",
            "It fit just right and shone in the sun"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["elder"] = Casting.ElderOf(scene.Hero, random);
        var (noun, parts, work, use) = random.Pick(Wishes);
        scene["toy"] = new Thing(Belongings.Color(random), noun);
        scene.Say("parts", parts);
        scene.Say("work", work);
        scene.Say("use", use);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero} saw {toy.a} in the window of a shop.",
            "{When} {hero} went past a toy shop and stopped. There was {toy.a} in the window!",
            "{When} {hero} was in the village. In a shop window {hero.he} saw {toy.a}."),
        Beat.Of(
            "It was the most beautiful {toy.noun} in the world. “I wish I had it,” said {hero}.",
            "“Oh, how I wish I had such a {toy.noun}!” said {hero}.",
            "{Hero} could not stop looking at it. {Hero.he} wished for nothing else."),
        Beat.Of(
            "But {hero} had only one coin, and that was not enough.",
            "But the {toy.noun} cost a lot of money, and {hero} had none.",
            "{Hero} looked in {hero.his} pockets, but they were empty."),

        Beat.Paragraph(
            "At home, {hero} was very quiet and thought of the {toy}. {Hero.his} {elder} saw it.",
            "{Hero} went home with a sad face, and {hero.his} {elder} saw it.",
            "That evening, {hero} told {hero.his} {elder} about the {toy}."),
        Beat.Of(
            "“You cannot buy a {toy.noun}, but you can make one,” said {hero.his} {elder}.",
            "“I know what we can do, my little {hero.kind},” said {hero.his} {elder}. “We can make a {toy.noun}!”",
            "“Why do you not make your own {toy.noun}?” asked {hero.his} {elder}. “I will help you.”"),
        Beat.Of(
            "They looked around the house and found {parts}.",
            "{Hero} ran around and came back with {parts}.",
            "All that they needed was {parts}."),

        Beat.Paragraph(
            "{Hero} began to make the {toy.noun}. First, {hero.he} {work}. Then {hero} painted it "
            + "{toy.color}.",
            "For the {toy.noun}, {hero} {work}, and {hero.his} {elder} helped {hero.him}. Last of all they painted it "
            + "{toy.color}.",
            "{Hero} worked on the {toy.noun} all day. {Hero.he} {work} and painted everything {toy.color}."),
        Beat.Sometimes(
            "It was not easy, but it was fun.",
            "There was paint on {hero.his} nose, but {hero.he} did not care.",
            "Now and then {hero.he} made a mistake and had to start again."),
        Beat.Of(
            "The next day, {hero} took the {toy} to {place}. {Use}.",
            "When the {toy.noun} was ready, {hero} carried it to {place}. {Use}."),
        Beat.Sometimes(
            "“Where did you buy it?” asked the others. “I made it!” said {hero}.",
            "“My wish came true!” said {hero}.",
            "{Hero} danced with joy and thanked {hero.his} {elder}."),

        Beat.Paragraph(
            "{Hero} loved {hero.his} {toy} more than any toy from a shop.",
            "{Hero} learned that the best things are the ones you make yourself.",
            "After that, when {hero} wished for something, {hero.he} asked, “Can I make it?”"),
    ];
}
