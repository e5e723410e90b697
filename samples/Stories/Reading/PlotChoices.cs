using System.Text.RegularExpressions;

namespace Stories;

/// <summary>
/// What a plot can be about, found by setting its scene many times: the values of its slots that go together. Of a plot with a
/// barn in the dark and a bridge high up, there is no bridge in the dark.
/// </summary>
internal sealed partial class PlotChoices
{
    private static readonly HashSet<string> Spots = [.. Place.All.SelectMany(place => place.Spots)];

    private readonly Plot _plot;
    private readonly IReadOnlyDictionary<string, string>[] _together;
    private readonly Dictionary<string, int> _introductions = [];

    /// <summary>Collects what occurs in scenes of a plot.</summary>
    public PlotChoices(Plot plot, IEnumerable<Scene> scenes)
    {
        _plot = plot;
        _together = [.. scenes.Select(ValuesOf).DistinctBy(values => string.Join('|', values.Values))];
        foreach (string slot in SlotsOf(string.Join(' ', plot.Beats.SelectMany(beat => beat.Variants))))
        {
            int introduction = IndexOfIntroduction(slot);
            if (introduction >= 0) _introductions[slot] = introduction;
        }
    }

    /// <summary>Every value that a slot can have in a scene that is as a reader understands it.</summary>
    public IEnumerable<string> ValuesOf(string slot, Understanding understanding) =>
        _together.Where(values => IsOf(understanding, values)).Select(values => values[slot]).Distinct();

    /// <summary>The slots that the plot has a choice for, beside those of characters.</summary>
    public IEnumerable<string> Slots => _together[0].Keys;

    /// <summary>The values that these slots can have together.</summary>
    public IEnumerable<IReadOnlyDictionary<string, string>> ValuesOf(IReadOnlyList<string> slots) =>
        _together.DistinctBy(values => string.Join('|', slots.Select(slot => values[slot])))
            .Select(values => slots.ToDictionary(slot => slot, slot => values[slot]));

    /// <summary>The slots of a template's words, {Hero.his} as "hero".</summary>
    public static IEnumerable<string> SlotsOf(string template) =>
        Reference().Matches(template).Select(match => char.ToLowerInvariant(match.Value[1]) + match.Value[2..]).Distinct();

    /// <summary>
    /// Whether a slot is for scenery, such as "behind the hay": no story introduces it before somebody looks there, so it is no thing
    /// of the story.
    /// </summary>
    public bool IsScenery(string slot) => _together.All(values => Spots.Contains(values[slot]));

    /// <summary>Whether a scene of the plot can be as a reader understands it.</summary>
    public bool Allows(Understanding understanding) =>
        _together.Any(values => IsOf(understanding, values));

    /// <summary>
    /// What a reader must have been told of before this sentence: that which it names and every telling of the plot names in an
    /// earlier beat, and what is chosen together with it.
    /// </summary>
    public IEnumerable<string> MissingBefore(SentencePattern sentence, Understanding before)
    {
        IEnumerable<string> named =
            sentence.Words.Select(SymbolSlot.Read).OfType<(string Slot, WordClass Class)>().Select(word => word.Slot)
            .Concat(sentence.Choices.Keys.SelectMany(TiedTo)).Distinct();
        return named.Where(
            slot => _introductions.TryGetValue(slot, out int introduction) && introduction < sentence.Beat && !before.Knows(slot));
    }

    /// <summary>The slots that are not chosen independently of this one, itself among them.</summary>
    private IEnumerable<string> TiedTo(string slot)
    {
        int values = ValuesOf([slot]).Count();
        return Slots.Where(
            other => !IsScenery(other) && (other == slot || ValuesOf([slot, other]).Count() < values * ValuesOf([other]).Count()));
    }

    private static bool IsOf(Understanding understanding, IReadOnlyDictionary<string, string> values) =>
        values.All(item => !understanding.Known.TryGetValue(item.Key, out string? known) || known == item.Value);

    /// <summary>The beat in which every telling has named a slot; -1 where there is none.</summary>
    private int IndexOfIntroduction(string slot)
    {
        for (int i = 0; i < _plot.Beats.Count; i++)
        {
            Beat beat = _plot.Beats[i];
            if (beat.Percent == 100 && beat.Variants.All(variant => SlotsOf(variant).Contains(slot))) return i;
        }

        return -1;
    }

    private static Dictionary<string, string> ValuesOf(Scene scene)
    {
        Dictionary<string, string> values = [];
        foreach ((string name, ISlot slot) in scene.Slots)
        {
            if (slot is Phrase phrase) values[name] = phrase.Words;
            if (slot is Place place) values[name] = place.Name;
            if (slot is Thing thing) values[$"{name}.{WordClass.Thing}"] = thing.Noun;
        }

        return values;
    }

    [GeneratedRegex(@"\{\w+")]
    private static partial Regex Reference();
}
