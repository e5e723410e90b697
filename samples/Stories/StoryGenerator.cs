using System.Text;

namespace Stories;

/// <summary>
/// Writes short stories for children without end: grammatical, about one main character, with a trouble, a way out
/// of it and a moral. The same seed gives the same stories on every machine.
/// </summary>
internal sealed class StoryGenerator(ulong seed)
{
    /// <summary>Every plot there is, each as likely as the others.</summary>
    public static IReadOnlyList<Plot> Plots { get; } =
    [
        new LostAndFound(), new BrokenAndMended(), new AfraidAndBrave(), new QuarrelAndPeace(), new SharedMeal(),
        new HelpedStranger(), new KeptPromise(), new NewSkill(), new LateForTheParty(), new HandmadeWish(),
        new NewNeighbor(), new PatientGardener(), new SlowRace(),
    ];

    private readonly StoryRandom _random = new(seed);

    /// <summary>
    /// The next story: two to five paragraphs with a blank line between them, lines ended by <c>\n</c>, nothing after
    /// the last sentence.
    /// </summary>
    public string Next() => Tell(_random.Pick(Plots));

    /// <summary>The next story, with this plot.</summary>
    public string Tell(Plot plot)
    {
        var scene = new Scene { Hero = Casting.Hero(_random), Place = _random.Pick(Place.All) };
        plot.SetScene(scene, _random);

        var text = new StringBuilder();
        foreach (Beat beat in Opening.Begin(scene, _random).Concat(plot.Beats))
        {
            if (!_random.Chance(beat.Percent)) continue;
            string words = StoryTemplate.Render(_random.Pick(beat.Variants), scene, _random);
            if (text.Length > 0)
            {
                bool answers = text[^1] == '"' && words[0] == '"';
                text.Append(beat.StartsParagraph || answers ? "\n\n" : " ");
            }

            text.Append(words);
        }

        return text.ToString();
    }
}
