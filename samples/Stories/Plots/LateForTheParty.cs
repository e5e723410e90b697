namespace Stories;

/// <summary>The hero forgets the time, comes too late to a friend's big day and makes up for it.</summary>
internal sealed class LateForTheParty : Plot
{
    private static readonly (string Event, string Missed)[] Events =
    [
        ("birthday party", "The cake was gone and the candles were out"),
        ("picnic", "The blanket was empty and the food was gone"),
        ("puppet show", "The puppets were back in their box"),
        ("tea party", "The tea was cold and the cookies were gone"),
        ("concert", "The last song was over and the drums were packed away"),
    ];

    private static readonly (string Distraction, string Long)[] Distractions =
    [
        ("some ants that carried a leaf", "{Hero} watched them for a long, long time."),
        ("a pond full of tadpoles", "{Hero} tried to count them all."),
        ("a pile of flat stones", "{Hero} built a tower, and then another one."),
        ("a blue butterfly", "{Hero} followed it from flower to flower."),
        ("a bush full of sweet berries", "{Hero} ate one, and then one more, and then one more."),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["friend"] = Casting.FriendOf(scene.Hero, random);
        (string name, string missed) = random.Pick(Events);
        scene.Say("event", name);
        scene.Say("missed", missed);
        (string distraction, string longTime) = random.Pick(Distractions);
        scene.Say("distraction", distraction);
        scene.Say("long", longTime);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero.his} friend {friend}, {friend.a}, asked {hero.him} to a {event}.",
            "{When} {hero} was on {hero.his} way to a {event}. It was the {event} of {hero.his} friend {friend}, "
            + "{friend.a}."),
        Beat.Of(
            "“Please be on time,” {friend} had said. “I will wait for you {place.at}.”",
            "It was going to be {place.at}. “I will be there on time,” {hero} had told {friend.him}.",
            "It was going to start {place.at} when the big bell rang."),

        Beat.Paragraph(
            "But on the way {hero} saw {distraction}. {Long}",
            "“I still have a lot of time,” said {hero}. Then {hero} saw {distraction}. {Long}",
            "On the way there, {hero} took {hero.his} time. Soon {hero} found {distraction}. {Long}"),
        Beat.Of(
            "Then {hero} heard the bell. “Oh no, I am late!” cried {hero} and ran as fast as {hero.he} could.",
            "When {hero} looked up, the sun was low. “The {event}!” shouted {hero} and began to run.",
            "Suddenly {hero} remembered the {event}. {Hero} jumped up and ran."),

        Beat.Paragraph(
            "But it was too late, and the {event} was over. {Missed}.",
            "When {hero} got there, everybody had left the {event}. {Missed}.",
            "{Hero} came too late for the {event}. {Missed}."),
        Beat.Of(
            "{Friend} was sitting there all alone. “I waited for you,” said {friend} sadly.",
            "“Where were you?” asked {friend}. There were tears in {friend.his} eyes.",
            "Only {friend} was still there. “I thought that you forgot me,” said {friend}."),
        Beat.Of(
            "“I am so sorry,” said {hero}. “I forgot the time.”",
            "{Hero} felt bad. “It is my fault,” said {hero}. “I did not watch the time.”"),

        Beat.Paragraph(
            "The next day, {hero} got a new {event} ready, just for {friend}.",
            "{Hero} wanted to make it good again. The next day, {hero.he} got a little {event} ready for {friend}.",
            "{Hero} thought about it all night. Then {hero} had a plan: a new {event}, just for {friend}!"),
        Beat.Sometimes(
            "This time, {hero} was there first, long before it was time.",
            "When {friend} came to {place}, {hero} was already waiting for {friend.him}."),
        Beat.Of(
            "{Friend} laughed, and they had a wonderful time.",
            "“This is even better than before!” said {friend}, and {friend.he} hugged {hero.him}."),

        Beat.Paragraph(
            "From that day on, {hero} was never late again.",
            "{Hero} learned that being on time shows a friend that you care.",
            "Now, whenever {hero} had to be somewhere, {hero} left home a little early."),
    ];
}
