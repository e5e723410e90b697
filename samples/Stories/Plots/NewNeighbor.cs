namespace Stories;

/// <summary>Somebody new and lonely has moved in, and the hero finds the courage to say hello.</summary>
internal sealed class NewNeighbor : Plot
{
    private static readonly (string Game, string Play)[] Games =
    [
        ("hide and seek", "{Friend} hid so well that {hero} needed a long time to find {friend.him}."),
        ("tag", "They ran until they could not run anymore."),
        ("pirates", "A log was their ship and a stick was their flag."),
        ("catch", "They threw the ball higher and higher."),
        ("shop", "Leaves were the money and pebbles were the bread."),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        (string game, string play) = random.Pick(Games);
        scene.Say("game", game);
        scene.Say("play", play);
        scene.Say("spot", random.Pick(scene.Place.Spots));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} somebody new moved into the house next door. It was {friend.a} named {friend}.",
            "{When} a new family came to live next door. They had a {friend.son} named {friend}.",
            "{When} {hero} saw somebody new {place.at}. It was {friend}, {friend.a}."),
        Beat.Of(
            "{Friend} did not know anybody. {Friend.he} sat {spot} all alone.",
            "{Friend} was sitting {spot}, and {friend.he} looked lonely.",
            "Nobody was playing with {friend}. {Friend} just sat {spot} and looked at {friend.his} feet."),

        Beat.Paragraph(
            "{Hero} wanted to say hello, but {hero.he} was shy.",
            "“Should I go and talk to {friend.him}?” {hero} thought. {Hero.he} did not know what to say.",
            "{Hero} looked at {friend} for a long time. {Hero.he} was too shy to talk."),
        Beat.Sometimes(
            "Then {hero} remembered how it feels to be alone.",
            "“If I were new here, I would like to have a friend,” thought {hero}.",
            "But {friend} looked so sad!"),
        Beat.Of(
            "So {hero} walked over and said, “Hello! My name is {hero}. Do you want to play {game}?”",
            "{Hero} took a deep breath. “Hi, I am {hero},” said {hero}. “Do you like to play {game}?”",
            "At last {hero} went to {friend.him} and smiled. “Will you play {game} with me?” asked {hero}."),

        Beat.Paragraph(
            "{Friend} looked up, and {friend.his} whole face began to shine. “Yes, please!” said {friend}.",
            "“I would love to!” said {friend}. “I thought that nobody would ask me.”",
            "“I do not know how,” {friend} said softly. “I will show you,” said {hero}."),
        Beat.Of(
            "They played {game} {place.at} all afternoon. {Play}",
            "So they went to play {game}. {Play}",
            "Soon they were playing {game}. {Play}"),
        Beat.Sometimes(
            "They laughed so much that their tummies hurt.",
            "The time went by very fast.",
            "{Hero} forgot that {hero.he} had ever been shy."),
        Beat.Of(
            "When it got dark, {friend} asked, “Can we play again tomorrow?” “Of course!” said {hero}.",
            "“This was my best day here,” said {friend} when it was time to go home."),

        Beat.Paragraph(
            "From that day on, {friend} was never lonely again, for {hero} and {friend} met every day.",
            "{Hero} learned that one small hello can be the start of a big friendship.",
            "And so {hero} found the best friend that {hero.he} ever had, only because {hero.he} had said hello."),
    ];
}
