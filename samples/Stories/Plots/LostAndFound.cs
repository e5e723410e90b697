namespace Stories;

/// <summary>The hero loses something dear and a friend helps to find it.</summary>
internal sealed class LostAndFound : Plot
{
    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        scene["thing"] = Belongings.Treasure(random);
        string[] spots = random.PickDistinct(scene.Place.Spots, 3);
        scene.Say("wrong", spots[0]);
        scene.Say("other", spots[1]);
        scene.Say("right", spots[2]);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero} went to {place} with {hero.his} new {thing}.",
            "{Hero} had {thing.a} and loved {thing.them} very much. {When} {hero.he} took {thing.them} to {place}.",
            "{When} {hero} took {hero.his} {thing} to {place}."),
        Beat.Of(
            "{Hero} played until {hero.he} was tired, and then {hero.he} sat down to [rest|eat an apple].",
            "{Hero} put {thing.them} down to [follow a butterfly|look at a snail|pick some flowers].",
            "{Hero} ran and jumped and sang a [happy|funny|silly] song."),

        Beat.Paragraph(
            "But when it was time to go home, the {thing} {thing.was} gone.",
            "Then {hero} looked around. The {thing} {thing.was} gone!",
            "Suddenly {hero} stopped. “Oh no! Where {thing.is} my {thing}?” cried {hero}.",
            "When {hero} wanted to go home, {hero.he} could not find {hero.his} {thing}."),
        Beat.Sometimes(
            "{Hero} felt so sad that {hero.he} began to cry.",
            "A tear rolled down {hero.his} face.",
            "{Hero} looked left and right, but it was no use."),
        Beat.Of(
            "{Friend.a} named {friend} saw {hero.him} and came over. “What is wrong?” asked {friend}.",
            "Just then, {friend.a} named {friend} came along. “Why are you so sad?” asked {friend}.",
            "{Hero.his} friend {friend}, {friend.a}, was not far away. “Can I help you?” asked {friend}."),
        Beat.Of(
            "“I lost my {thing},” said {hero}.",
            "“My {thing} {thing.is} gone,” {hero} said [softly|sadly].",
            "“I cannot find my {thing},” {hero} told {friend.him}."),
        Beat.Of(
            "“Do not worry,” said {friend}. “We will look together.”",
            "“Four eyes see more than two,” said {friend}. “I will help you look.”",
            "“Come,” said {friend}, “we will look everywhere until we find {thing.them}.”"),

        Beat.Paragraph(
            "They looked {wrong}, but the {thing} {thing.was} not there.",
            "First they looked {wrong}. They found only [a feather|an old shoe|a shiny stone|a sleepy beetle].",
            "They looked {wrong} and {other}, but they found nothing."),
        Beat.Of(
            "Then {friend} looked {right}. There {thing.was} the {thing}!",
            "Then {hero} saw something {thing.color} {right}. “Here {thing.it} {thing.is}!” shouted {hero}.",
            "At last {friend} pointed and smiled. The {thing} {thing.was} right there, {right}!"),
        Beat.Of(
            "{Hero} jumped for joy and hugged {friend}.",
            "“Thank you, {friend}!” said {hero}. {Hero.he} was very happy.",
            "{Hero} laughed and held the {thing} tight. “You are a good friend,” said {hero}."),

        Beat.Paragraph(
            "From that day on, {hero} took good care of {hero.his} {thing}, and {friend} was {hero.his} best friend.",
            "{Hero} learned that lost things are easier to find with the help of a friend.",
            "On the way home, {hero} did not let go of {hero.his} {thing}. “It is good to have a friend who helps,” "
            + "said {hero}, and {friend} smiled."),
    ];
}
