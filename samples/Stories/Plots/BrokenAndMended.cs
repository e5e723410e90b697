namespace Stories;

/// <summary>The hero breaks something at home, tells the truth about it and helps to mend it.</summary>
internal sealed class BrokenAndMended : Plot
{
    private static readonly (string Playing, string Play)[] Games =
    [
        ("playing with a ball", "played with the ball"),
        ("running around the table", "ran and jumped"),
        ("dancing in big circles", "danced in circles"),
        ("jumping like a frog", "jumped like a frog"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["elder"] = Casting.ElderOf(scene.Hero, random);
        scene["dish"] = Belongings.Dish(random);
        (string playing, string play) = random.Pick(Games);
        scene.Say("playing", playing);
        scene.Say("play", play);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero} was at home, {playing} in the kitchen.",
            "{When} {hero} was {playing} inside the house.",
            "{When} {hero} was alone in the kitchen, {playing}."),
        Beat.Of(
            "Crash! {Hero.his} {elder}'s {dish} fell on the floor and broke.",
            "{Hero} bumped into the table, and {hero.his} {elder}'s {dish} fell down and broke.",
            "Suddenly there was a loud noise. {Hero.his} {elder}'s {dish} lay on the floor in three pieces."),

        Beat.Paragraph(
            "{Hero} was afraid. {Hero.he} hid the pieces [under the bed|behind the door|in a box].",
            "“Oh no!” said {hero}. Quickly {hero.he} put the pieces [under the bed|behind the door|in a box].",
            "{Hero}'s heart beat fast. {Hero.he} picked up the pieces and hid them "
            + "[under the bed|behind the door|in a box]."),
        Beat.Of(
            "Soon {hero.his} {elder} came home. “Where is my {dish}?” {elder.he} asked.",
            "Then {hero.his} {elder} came in and looked around. “Have you seen my {dish}?” {elder.he} asked.",
            "In the evening, {hero.his} {elder} wanted to use the {dish}, but {elder.he} could not find it."),
        Beat.Sometimes(
            "{Hero} wanted to say that the wind had done it, but the lie felt heavy, like a stone.",
            "{Hero} looked at the floor and said nothing for a while.",
            "{Hero} felt a lump in {hero.his} throat."),
        Beat.Of(
            "“I broke it,” {hero} said in a small voice. “I am very sorry.”",
            "“It was me,” said {hero}. “I was {playing} and I broke it. I am sorry.”",
            "At last {hero} took a deep breath and told {hero.his} {elder} the truth."),

        Beat.Paragraph(
            "{Hero.his} {elder} gave {hero.him} a hug. “Thank you for telling me the truth,” {elder.he} said. "
            + "“We can mend a {dish.noun}.”",
            "{Hero.his} {elder} was not angry. “I like the truth more than any {dish.noun},” {elder.he} said. "
            + "“Let us mend it.”",
            "“That was brave of you, my little {hero.kind},” said {hero.his} {elder} with a smile. “Come, we will fix it together.”"),
        Beat.Of(
            "They sat down at the table and glued the pieces together, one by one.",
            "{Hero} brought the pieces, and {hero.his} {elder} brought the glue. They worked until the sun went down.",
            "{Hero} held the pieces very still while {hero.his} {elder} put glue on them."),
        Beat.Of(
            "Soon the {dish} was whole again, with one thin line to remember the day.",
            "When they were done, the {dish} looked almost like new.",
            "Then the {dish} was back in its place, and both of them were happy."),

        Beat.Paragraph(
            "From that day on, {hero} only {play} outside, and {hero.he} always told the truth.",
            "{Hero} learned that it is better to tell the truth than to hide what is broken.",
            "That night, {hero} slept well. {Hero} knew now that the truth can mend more than glue can."),
    ];
}
