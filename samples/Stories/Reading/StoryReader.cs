using System.Text.RegularExpressions;

namespace Stories;

/// <summary>
/// Reads a story as a careful child does, who asks: who is that? was the kite not blue? It finds names, animals and things that
/// nobody has introduced, and those that change their color or kind or take one another's part.
/// </summary>
/// <remarks>
/// It knows the grammar. A sentence that the grammar can tell must go with what was told before: the same names in the same roles,
/// the same things in the same colors, choices that one story of the plot can have together. In any other sentence no thing may
/// appear that was not told of. Besides, <see cref="CastReader"/> looks at the
/// names, animals and colors of the whole story. Scenery that somebody looks behind counts as no thing: see
/// <see cref="PlotChoices.IsScenery"/>.
/// </remarks>
public sealed class StoryReader
{
    private const int MaxReadings = 64;

    private readonly StoryWords _words = new();
    private readonly SentencePatterns _patterns;
    private readonly HashSet<string> _vocabulary;
    private readonly HashSet<string> _chosenWords;
    private readonly HashSet<string> _settingWords;

    /// <summary>Learns the grammar, which takes a few seconds.</summary>
    public StoryReader()
    {
        _patterns = new SentencePatterns(_words);
        _vocabulary = [.. _patterns.All.SelectMany(pattern => pattern.Words), .. StoryText.WordsOf(StoryPrompts.Unseen)];
        HashSet<string> common = [.. StoryGenerator.Plots.SelectMany(plot => plot.Beats).Concat(Opening.AllBeats)
            .SelectMany(beat => beat.Variants).SelectMany(template => StoryText.WordsOf(Regex.Replace(template, @"\{[^}]*\}", "")))];
        HashSet<string> scenery = [.. Place.All.SelectMany(place => place.Spots).SelectMany(StoryText.WordsOf)];
        _chosenWords = [.. StoryGenerator.Plots.SelectMany(plot => WordsOf(plot, Understanding.Nothing)).Except(common).Except(scenery)];
        _settingWords = [.. scenery, .. Place.All.SelectMany(place => StoryText.WordsOf(place.Name))];
    }

    /// <summary>What does not hold together, one sentence each; empty for a clean story.</summary>
    /// <param name="story">A whole story.</param>
    /// <param name="beginning">What of it was given to whoever told it: anything can be introduced there.</param>
    public IReadOnlyList<StoryProblem> FindProblems(string story, string beginning = "")
    {
        List<StoryProblem> problems = [.. CastReader.FindProblems(story, _words).Select(text => new StoryProblem(text, IsOfCast: true))];
        string[] sentences = StoryText.SentencesOf(story.Trim());
        string[][] words = [.. sentences.Select(sentence => StoryText.WordsOf(sentence).ToArray())];
        foreach (string word in words.SelectMany(sentence => sentence).Distinct())
        {
            if (!_vocabulary.Contains(word) && _words.ClassOf(word) is null)
                problems.Add(new StoryProblem($"'{word}' is a word that no story has.", IsOfCast: true));
        }

        int given = StoryText.SentencesOf(beginning.Trim()).Length;
        var counts = StoryGenerator.Plots.ToLookup(
            plot => words.Count(sentence => _patterns.Find(sentence).Any(pattern => pattern.Plot == plot)));
        Plot[] likeliest = [.. counts[counts.Max(count => count.Key)]];
        problems.AddRange(likeliest.Select(plot => Read(plot, sentences, words, given)).MinBy(found => found.Count)!);
        return problems;
    }

    private List<StoryProblem> Read(Plot plot, string[] sentences, string[][] words, int given)
    {
        List<StoryProblem> problems = [];
        PlotChoices choices = _patterns.ChoicesOf(plot);
        List<Understanding> readings = [Understanding.Nothing];
        HashSet<string> told = [];
        for (int i = 0; i < sentences.Length; i++)
        {
            SentencePattern[] patterns = [.. _patterns.Find(words[i]).Where(pattern => pattern.Plot is null || pattern.Plot == plot)];
            List<Understanding> after = [.. from before in readings
                                            from pattern in patterns
                                            let reading = before.After(pattern, words[i])
                                            where reading is not null && choices.Allows(reading)
                                                && !choices.MissingBefore(pattern, before).Any()
                                            select reading];
            if (after.Count > 0)
            {
                readings = [.. after.DistinctBy(reading => reading.ToString()).Take(MaxReadings)];
            }
            else if (patterns.Length > 0)
            {
                bool isNew = words[i].Any(word => !told.Contains(word) && (_words.Is(word, WordClass.Color)
                    || (!_settingWords.Contains(word) && (_chosenWords.Contains(word) || IsOfCast(word)))));
                problems.Add(new StoryProblem($"This does not go with what was told before: {sentences[i]}", isNew));
            }
            else if (i >= given)
            {
                HashSet<string> fitting = [.. readings.SelectMany(reading => WordsOf(plot, reading))];
                string[] strange =
                    [.. words[i].Where(word => _chosenWords.Contains(word) && !told.Contains(word) && !fitting.Contains(word)).Distinct()];
                if (strange.Length > 0)
                {
                    problems.Add(new StoryProblem(
                        $"Nobody has told of {string.Join(", ", strange.Select(word => $"'{word}'"))} before: {sentences[i]}", !strange.All(
                            _settingWords.Contains)));
                }
            }

            told.UnionWith(words[i]);
        }

        return problems;
    }

    private bool IsOfCast(string word) =>
        _words.ClassOf(word) is WordClass.Name or WordClass.Kind or WordClass.Elder or WordClass.Thing;

    /// <summary>The words of everything that a plot can still choose.</summary>
    private IEnumerable<string> WordsOf(Plot plot, Understanding understanding)
    {
        PlotChoices choices = _patterns.ChoicesOf(plot);
        return choices.Slots.Where(slot => !choices.IsScenery(slot))
            .SelectMany(slot => understanding.Known.TryGetValue(slot, out string? known) ? [known] : choices.ValuesOf(slot, understanding))
            .SelectMany(value => StoryText.WordsOf(Regex.Replace(value, @"\{[^}]*\}", "")));
    }
}
