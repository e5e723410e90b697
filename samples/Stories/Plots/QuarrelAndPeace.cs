namespace Stories;

/// <summary>Two friends both want one toy, part in anger, miss each other and learn to take turns.</summary>
internal sealed class QuarrelAndPeace : Plot
{
    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        scene["toy"] = Belongings.Toy(random);
        scene.Say("spot", random.Pick(scene.Place.Spots));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{Hero.his} best friend was {friend}, {friend.a}.",
            "{Hero} had a good friend, {friend.a} named {friend}.",
            "Every day {hero} played with {hero.his} friend {friend}, {friend.a}."),
        Beat.Of(
            "{When} the two friends were playing {place.at} when they found {toy.a} {spot}.",
            "{When} they went to {place} and found {toy.a} {spot}. It belonged to nobody.",
            "{When} they were {place.at} together. {Spot} they saw {toy.a}."),

        Beat.Paragraph(
            "“It is mine!” shouted {hero}. “No, it is mine!” shouted {friend}. “I saw it first!”",
            "“I want to have it,” said {hero}. “No, I want it!” said {friend}.",
            "{Hero} grabbed the {toy}. {Friend} grabbed it too, and they both began to pull."),
        Beat.Sometimes(
            "They pulled and they yelled until their faces were red.",
            "They both got very angry.",
            "“You are not my friend anymore!” said {hero}."),
        Beat.Of(
            "Then {friend} turned around and ran home. {Hero} had the {toy} now.",
            "“Then keep it!” cried {friend}, and {friend.he} walked away. The {toy} was left with {hero}."),

        Beat.Paragraph(
            "{Hero} played with the {toy}, but it was no fun alone.",
            "But {hero} was not happy. The {toy} was nice, but it could not laugh or talk.",
            "At home, {hero} looked at the {toy}. It did not look so pretty now."),
        Beat.Of(
            "{Hero} missed {hero.his} friend very much.",
            "“A friend is better than a toy,” thought {hero}.",
            "{Hero} thought about {friend} all [evening|night], and {hero.he} felt sorry."),
        Beat.Of(
            "The next day, {hero} took the {toy} and went to {friend}'s house. “I am sorry,” said {hero}. "
            + "“You can have it.”",
            "The next morning, {hero} knocked on {friend}'s door. “I was not kind to you,” said {hero}. "
            + "“Please take the {toy}.”"),
        Beat.Of(
            "“I am sorry too,” said {friend}. “We can take turns.”",
            "{Friend} smiled. “I do not want it for myself,” said {friend}. “Let us share it.”"),

        Beat.Paragraph(
            "So they went back to {place} and took turns with the {toy} all day long.",
            "Then they played with the {toy} together, and it was much more fun than before.",
            "They shook {hero.hand}s and laughed, and soon they were playing with the {toy} {place.at}."),
        Beat.Of(
            "{Hero} learned that a friend is worth more than any toy.",
            "After that, whenever they found something nice, they shared it.",
            "And they never had such a bad fight again."),
    ];
}
