namespace Stories;

/// <summary>The hero plants a seed and learns to wait for it.</summary>
internal sealed class PatientGardener : Plot
{
    private static readonly (string Plant, string Seed, string Grown)[] Plants =
    [
        ("sunflower", "a striped seed", "a yellow flower, as big as a plate"),
        ("pumpkin", "a flat white seed", "an orange pumpkin, as round as the moon"),
        ("bean plant", "a big brown bean", "a green vine that climbed up to the window"),
        ("rose bush", "a tiny seed", "a red rose that smelled like honey"),
        ("melon", "a small black seed", "a green melon, sweet and heavy"),
        ("strawberry plant", "a tiny yellow seed", "a bright red strawberry, the sweetest of all"),
    ];

    /// <inheritdoc/>
    public override void SetScene(Scene scene, StoryRandom random)
    {
        scene["elder"] = Casting.ElderOf(scene.Hero, random);
        var (plant, seed, grown) = random.Pick(Plants);
        scene.Say("plant", plant);
        scene.Say("seed", seed);
        scene.Say("grown", grown);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Beat> Beats { get; } =
    [
        Beat.Of(
            "{When} {hero.his} {elder} gave {hero.him} {seed}.",
            "{When} {hero} got a small box from {hero.his} {elder}. In the box was {seed}.",
            "{When} {hero.his} {elder} came with a present. It was {seed}."),
        Beat.Of(
            "“It will be a {plant} one day,” said {hero.his} {elder}. “Take good care of it.”",
            "“There is a {plant} asleep in it,” said {hero.his} {elder}. “You can wake it up.”"),
        Beat.Of(
            "{Hero} made a hole in the ground behind the house, put it in and gave it some water.",
            "{Hero} put it into a pot with dark earth and watered it.",
            "{Hero} planted it in a sunny place and gave it a drink."),

        Beat.Paragraph(
            "The next morning, {hero} ran to look. There was nothing but earth.",
            "{Hero} sat down and waited. {Hero.he} waited all day, but nothing happened.",
            "Every hour {hero} went to see it, but nothing came out."),
        Beat.Sometimes(
            "“Grow!” said {hero}. “I want my {plant} now!”",
            "“Where is my {plant}?” asked {hero}. {Hero.he} wanted to dig up the seed.",
            "{Hero} got angry. “It is a bad seed,” said {hero}."),
        Beat.Of(
            "“You must wait, my little {hero.kind},” said {hero.his} {elder}. “Good things need time.”",
            "{Hero.his} {elder} laughed. “It is working under the ground, where you cannot see it,” {elder.he} said.",
            "“You did not grow up in one day, either,” said {hero.his} {elder}."),

        Beat.Paragraph(
            "So {hero} gave it water each day and waited.",
            "{Hero} tried to be patient. {Hero.he} watered it every morning and sang to it.",
            "Day after day, {hero} gave it water and told it a story."),
        Beat.Of(
            "The rain fell and the sun shone, and one morning there was a little green leaf.",
            "After one week, a tiny green tip came out of the earth. “It is alive!” shouted {hero}.",
            "Then, one day, {hero.he} saw something small and green. {Hero} was so happy!"),
        Beat.Of(
            "The {plant} grew and grew, and in the end there was {grown}.",
            "The {plant} got bigger every week. When summer came, there was {grown}.",
            "Leaf by leaf the {plant} grew, until one day there was {grown}."),
        Beat.Sometimes(
            "“You were right,” {hero} told {hero.his} {elder}. “It only needed time.”",
            "{Hero} showed it to {hero.his} {elder}, and they were both very proud.",
            "“Look what I have grown!” said {hero}, and {hero.his} {elder} clapped."),

        Beat.Paragraph(
            "{Hero} learned that good things come to those who wait.",
            "The next year, {hero} planted ten seeds, and this time {hero.he} was very patient.",
            "From that day on, when {hero.he} had to wait for something, {hero} thought of the {plant} and smiled."),
    ];
}
