namespace Stories;

/// <summary>A friend goes away, the hero has promised to look after something, and keeps the promise.</summary>
internal sealed class KeptPromise : Plot
{
    private static readonly (string Ask, string Did, string Result)[] Promises =
    [
        ("water my roses", "watered the roses", "The roses were red and fresh"),
        ("feed my little bird", "fed the little bird", "The little bird sang for joy"),
        ("feed my goldfish", "fed the goldfish", "The goldfish swam in happy circles"),
        ("look after my hens", "gave the hens water and corn", "The hens were fat and happy"),
    ];

    private static readonly (string Lure, string Stay)[] Lures =
    [
        ("there was a fair in the village with music and games", "the music and the games"),
        ("all the others went swimming in the lake", "the cool lake"),
        ("it rained, and {hero.his} bed was warm and soft", "the warm bed"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        var (ask, did, result) = random.Pick(Promises);
        scene.Say("ask", ask);
        scene.Say("did", did);
        scene.Say("result", result);
        var (lure, stay) = random.Pick(Lures);
        scene.Say("lure", lure);
        scene.Say("stay", stay);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero.his} friend {friend}, {friend.a}, came by with a bag in {friend.his} {friend.hand}.",
            "{When} {hero} met {hero.his} friend {friend} {place.at}. {Friend} was {friend.a}.",
            "{When} there was a knock on the door. It was {friend}, {friend.a} and a good friend."),
        Beat.Of(
            "“I am going away for [three|four|five] days,” said {friend}. “Will you {ask}?”",
            "“I have to visit my grandmother for [three|four|five] days,” {friend} said. “Can you {ask}?”"),
        Beat.Of(
            "“Yes,” said {hero}. “I promise.”",
            "“I will do it every day,” said {hero}. “That is a promise!”",
            "{Hero} nodded. “You can count on me,” said {hero}."),

        Beat.Paragraph(
            "On the first day, {hero} {did}. It was easy.",
            "The first day was easy. {Hero} got up early and {did}.",
            "On the first morning, {hero} went to {friend}'s house and {did}."),
        Beat.Of(
            "But on the next day, {lure}.",
            "On the second day, {lure}."),
        Beat.Of(
            "“Maybe I can skip one day,” {hero} thought. “Nobody will know.”",
            "{Hero} wanted to forget all about the promise.",
            "{Hero} thought of {stay}. “Do I have to go?” {hero} asked {hero.himself}."),
        Beat.Of(
            "But a promise is a promise. {Hero} said goodbye to {stay} and {did}.",
            "Then {hero} remembered {friend}'s face. “I said that I would do it,” said {hero}, and {hero.he} {did}.",
            "Then {hero} shook {hero.his} head. “No,” said {hero}. “{Friend} trusts me.” So {hero.he} {did}, "
            + "and {hero.he} felt proud."),

        Beat.Paragraph(
            "When {friend} came back, {friend.he} ran to look. {Result}!",
            "At last {friend} came home. {Result}.",
            "On the last day, {friend} came back and looked around. {Result}!"),
        Beat.Sometimes(
            "“You kept your promise,” said {friend}. “Thank you, {hero}!”",
            "“I knew that I could trust you,” said {friend}, and {friend.he} hugged {hero.him}.",
            "“You are a true friend,” said {friend}."),
        Beat.Of(
            "{Friend} gave {hero.him} a [shiny shell|little wooden boat|jar of honey|pretty stone] as a gift.",
            "Then they sat down, and {friend} told {hero.him} all about the trip."),

        Beat.Paragraph(
            "{Hero} learned that a kept promise makes two people happy.",
            "From that day on, everybody knew that {hero} always did what {hero.he} had promised.",
            "That night, {hero} went to bed with a smile. It is a good feeling to keep a promise."),
    ];
}
