namespace Stories;

/// <summary>The hero wants to learn something, fails, practices and can do it in the end.</summary>
internal sealed class NewSkill : Plot
{
    private static readonly (string Do, string Doing, string Fail, string Again, string Hint, string Success)[] Skills =
    [
        ("ride a bike", "riding a bike", "the bike fell over", "{hero.he} fell into a bush",
            "Look ahead and keep your feet moving", "{hero.he} rode all the way down the road"),
        ("whistle", "whistling", "only air came out", "it sounded like an old door",
            "Make your mouth round and blow softly", "a clear whistle rang out, like the song of a bird"),
        ("swim", "swimming", "{hero.he} got water in {hero.his} nose", "{hero.he} went under like a stone",
            "Keep calm and kick with your legs", "{hero.he} swam across the whole pond"),
        ("bake bread", "baking bread", "the bread was black", "the bread was as hard as a rock",
            "Watch the oven and wait for the smell", "the bread was golden and soft"),
        ("read", "reading", "the letters looked like little bugs", "{hero.he} mixed up all the words",
            "Take one letter after the other", "{hero.he} read a whole book from start to end"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["elder"] = Casting.ElderOf(scene.Hero, random);
        var skill = random.Pick(Skills);
        scene.Say("do", skill.Do);
        scene.Say("doing", skill.Doing);
        scene.Say("fail", skill.Fail);
        scene.Say("again", skill.Again);
        scene.Say("hint", skill.Hint);
        scene.Say("success", skill.Success);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "There was one thing that {hero} wanted more than anything else: {hero.he} wanted to {do}.",
            "All of {hero.his} friends could {do}, but {hero} could not.",
            "{Hero} had a big dream. {Hero.he} wanted to learn to {do}."),
        Beat.Of(
            "{When} {hero} tried it for the first time, but {fail}.",
            "{When} {hero} said, “Today I will {do}!” But {fail}.",
            "{When} {hero} gave it a try. {Fail}."),
        Beat.Of(
            "{Hero} tried again, and {again}.",
            "The second time, {again}."),

        Beat.Paragraph(
            "“I will never learn it!” said {hero}, and {hero.he} sat down and cried.",
            "“This is too hard for me,” said {hero}. {Hero.he} wanted to give up.",
            "{Hero} was angry and stamped {hero.his} foot. “It does not work!” shouted {hero}."),
        Beat.Of(
            "{Hero.his} {elder} sat down next to {hero.him}. “I could not {do} at first, either,” {elder.he} said.",
            "{Hero.his} {elder} heard it and smiled. “Nobody can {do} on the first day,” {elder.he} said.",
            "{Hero.his} {elder} saw it. “If you want to {do}, you must not give up,” {elder.he} said."),
        Beat.Of(
            "“{Hint}. And try it a little every day.”",
            "“{Hint}. You will see, it gets better.”"),

        Beat.Paragraph(
            "So {hero} tried again the next day, and the day after that.",
            "{Hero} listened. {Hero.he} practiced {doing} every morning before breakfast.",
            "Every day {hero} practiced {doing}, and {hero.his} {elder} watched."),
        Beat.Sometimes(
            "Some days were good and some days were bad.",
            "It got a little better each time.",
            "{Hero} made many mistakes, but {hero.he} did not give up."),
        Beat.Of(
            "Then, one day, {success}!",
            "And at the end of the week, {success}!",
            "And then, one fine morning, {success}!"),
        Beat.Sometimes(
            "“I can {do}!” {hero} shouted. “Look at me!”",
            "“You did it, my little {hero.kind}!” cried {hero.his} {elder} and clapped.",
            "{Hero} laughed out loud, and {hero.his} {elder} gave {hero.him} a big hug."),

        Beat.Paragraph(
            "{Hero} learned that you can do hard things when you try again and again.",
            "From then on, whenever something was hard, {hero} said, “I just need some more days.”",
            "That evening, {hero} was tired but very proud. “What will I learn next?” asked {hero}."),
    ];
}
