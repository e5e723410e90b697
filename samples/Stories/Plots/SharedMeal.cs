namespace Stories;

/// <summary>The hero has good food and a friend has none: half of it tastes better than all of it.</summary>
internal sealed class SharedMeal : Plot
{
    private static readonly (string Food, string Noun)[] Foods =
    [
        ("apple pie", "pie"), ("cherry pie", "pie"), ("honey cake", "cake"), ("carrot cake", "cake"),
        ("cheese sandwich", "sandwich"), ("sweet melon", "melon"),
    ];

    private static readonly string[] Reasons =
    [
        "My lunch fell into the water",
        "A bird took my lunch",
        "I forgot my lunch at home",
        "I ate my lunch on the way",
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        (string food, string noun) = random.Pick(Foods);
        scene.Say("food", English.WithArticle(food));
        scene.Say("noun", noun);
        scene.Say("reason", random.Pick(Reasons));
        scene.Say("spot", random.Pick(scene.Place.Spots));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero} packed {food} and went to {place}.",
            "{When} {hero.his} [mother|father] made {food} just for {hero.him}. {Hero} carried it to {place}.",
            "{When} {hero} got {food} for lunch and took it to {place}."),
        Beat.Of(
            "{Hero} found a nice place {spot} and sat down to eat.",
            "{Hero} sat down {spot}. The {noun} smelled so good!",
            "{Hero} was very hungry, so {hero.he} sat down {spot}."),

        Beat.Paragraph(
            "Just then, {friend.a} named {friend} came by and sat down too.",
            "Then {hero} saw {friend}, {friend.a}, who was sitting all alone.",
            "Before {hero} could take a bite, {hero.his} friend {friend} came along. {Friend} was {friend.a}."),
        Beat.Of(
            "{Friend} looked at the {noun} with big eyes.",
            "{Friend.his} tummy made a loud noise.",
            "{Friend} looked [sad|tired] and hungry."),
        Beat.Of(
            "“{Reason},” said {friend}. “Now I have nothing to eat.”",
            "“Where is your lunch?” asked {hero}. “{Reason},” said {friend}."),
        Beat.Sometimes(
            "{Hero} held the {noun} tight. {Hero.he} wanted to eat it all by {hero.himself}.",
            "{Hero} looked at the {noun}. It was not very big.",
            "“It is my {noun},” {hero} thought, but then {hero.he} felt bad."),

        Beat.Paragraph(
            "{Hero} thought for a moment. Then {hero.he} cut the {noun} in two. “One half is for you,” said {hero}.",
            "Then {hero} smiled and broke the {noun} into two parts. “Please eat with me,” said {hero}.",
            "“We can share,” said {hero}, and {hero.he} gave {friend} half of the {noun}."),
        Beat.Sometimes(
            "“Thank you!” said {friend}, and {friend.his} eyes were bright.",
            "{Friend} was so happy that {friend.he} [danced|jumped up and down].",
            "“You are so kind,” said {friend}."),
        Beat.Of(
            "They ate and talked and laughed until the {noun} was gone.",
            "They sat side by side and ate. It was the best {noun} that {hero} had ever tasted.",
            "They ate every bit of it and then told each other funny stories."),

        Beat.Paragraph(
            "The next day, {friend} brought a basket of [berries|plums|nuts|cookies] and gave half of it to {hero}.",
            "A week later, {hero} forgot {hero.his} own lunch. {Friend} came and shared with {hero.him}.",
            "When they went home, {hero} was full and happy."),
        Beat.Of(
            "{Hero} learned that food tastes better when it is shared.",
            "“Half is more than all when you have a friend,” said {hero}.",
            "From that day on, they always ate lunch together."),
    ];
}
