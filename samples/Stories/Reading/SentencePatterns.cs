namespace Stories;

/// <summary>Every sentence that the grammar can tell, found by its words.</summary>
internal sealed class SentencePatterns
{
    private const int Scenes = 40_000;

    private readonly StoryWords _words;
    private readonly Dictionary<string, List<SentencePattern>> _patterns = new(StringComparer.Ordinal);
    private readonly Dictionary<Plot, PlotChoices> _choices = [];

    /// <summary>Reads the whole grammar.</summary>
    public SentencePatterns(StoryWords words)
    {
        _words = words;
        var random = new StoryRandom(2);
        foreach (Plot plot in StoryGenerator.Plots)
        {
            Scene[] scenes = [.. Enumerable.Range(0, Scenes).Select(_ => StoryWords.SceneOf(plot, random))];
            PlotChoices choices = _choices[plot] = new PlotChoices(plot, scenes);
            for (int i = 0; i < plot.Beats.Count; i++) Add(plot, i, plot.Beats[i], scenes[0], choices);
            if (_choices.Count > 1) continue;
            foreach (Beat beat in Opening.AllBeats) Add(null, -1, beat, scenes[0], choices);
        }
    }

    /// <summary>Every sentence, some of them more than once.</summary>
    public IEnumerable<SentencePattern> All => _patterns.Values.SelectMany(patterns => patterns);

    /// <summary>What each plot can choose.</summary>
    public PlotChoices ChoicesOf(Plot plot) => _choices[plot];

    /// <summary>The patterns that a sentence of these words may be of.</summary>
    public IReadOnlyList<SentencePattern> Find(IEnumerable<string> words) =>
        _patterns.TryGetValue(KeyOf(words), out List<SentencePattern>? found) ? found : [];

    private void Add(Plot? plot, int number, Beat beat, Scene example, PlotChoices choices)
    {
        foreach (string template in beat.Variants.SelectMany(StoryText.SentencesOf).SelectMany(Alternatives))
        {
            // What is looked behind or under differs between tellings, but nothing depends on it.
            string[] slots = [.. PlotChoices.SlotsOf(template).Where(choices.Slots.Contains)];
            foreach (Dictionary<string, string> chosen in choices.ValuesOf(slots))
            {
                foreach (Scene scene in ScenesOf(template, example, chosen))
                {
                    foreach (string sentence in StoryText.SentencesOf(StoryTemplate.Render(template, scene, new StoryRandom(0))))
                    {
                        Add(new SentencePattern(
                            plot, number, [.. StoryText.WordsOf(sentence)], chosen.Where(
                            item => !choices.IsScenery(item.Key)).ToDictionary()));
                    }
                }
            }
        }
    }

    private void Add(SentencePattern pattern)
    {
        string key = KeyOf(pattern.Words);
        if (!_patterns.TryGetValue(key, out List<SentencePattern>? alike)) _patterns[key] = alike = [];
        if (!alike.Any(other => other.Plot == pattern.Plot && other.Beat == pattern.Beat && other.Words.SequenceEqual(pattern.Words)
            && other.Choices.Count == pattern.Choices.Count && !other.Choices.Except(pattern.Choices).Any())) alike.Add(pattern);
    }

    /// <summary>Scenes with symbols for characters and things, and with everything that the opening may have chosen.</summary>
    private static IEnumerable<Scene> ScenesOf(string template, Scene example, Dictionary<string, string> chosen)
    {
        bool hasWhen = template.Contains("{When}", StringComparison.Ordinal);
        bool hasHobby = template.Contains("{hobby}", StringComparison.Ordinal);
        bool hasWeather = hasWhen || template.Contains("{weather", StringComparison.Ordinal);
        bool hasThing = example.Slots.Values.OfType<Thing>().Any();
        return
            from when in hasWhen ? Opening.Whens : [""]
            from hobby in hasHobby ? Opening.Hobbies : [""]
            from weather in hasWeather ? Weather.All : [Weather.All[0]]
            from time in hasWeather ? Opening.Times : [""]
            from isPair in hasThing ? (bool[])[false, true] : [false]
            select Fill(when, hobby, weather, time, isPair);

        Scene Fill(string when, string hobby, Weather weather, string time, bool isPair)
        {
            var scene = new Scene { Hero = example.Hero, Place = example.Place, ["weather"] = weather };
            scene.Say("when", when);
            scene.Say("hobby", hobby);
            scene.Say("time", time);
            foreach ((string name, ISlot slot) in example.Slots)
            {
                if (slot is Character) scene[name] = new SymbolSlot(name, slot);
                if (slot is Thing thing) scene[name] = new SymbolSlot(name, thing with { IsPair = isPair });
            }

            foreach ((string name, string value) in chosen)
            {
                if (name == "place") scene[name] = Place.All.Single(place => place.Name == value);
                else scene.Say(name, value);
            }

            return scene;
        }
    }

    /// <summary>A template for each way to draw its alternatives.</summary>
    private static IEnumerable<string> Alternatives(string template)
    {
        int open = template.IndexOf('[', StringComparison.Ordinal);
        if (open < 0) return [template];
        int close = template.IndexOf(']', open);
        return template[(open + 1)..close].Split('|').SelectMany(one => Alternatives(template[..open] + one + template[(close + 1)..]));
    }

    /// <summary>The words, with those that differ between tellings replaced by their classes.</summary>
    private string KeyOf(IEnumerable<string> words) =>
        string.Join(' ', words.Select(word => SymbolSlot.Read(word)?.Class.ToString() ?? _words.ClassOf(word)?.ToString() ?? word));
}
