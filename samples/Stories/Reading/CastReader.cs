using System.Text.RegularExpressions;

namespace Stories;

/// <summary>Looks at who and what a story names, whatever its sentences are.</summary>
internal static class CastReader
{
    /// <summary>Grown-ups that are no part of the story: a friend's grandmother, and a mother who has only baked the pie.</summary>
    private static readonly Regex Mentioned = new(@"\bmy grandmother\b|\b(his|her) (mother|father) made\b", RegexOptions.IgnoreCase);

    /// <summary>What does not hold together, one sentence each.</summary>
    public static IReadOnlyList<string> FindProblems(string story, StoryWords words)
    {
        string own = Mentioned.Replace(story, "");
        return [.. Names(story, words), .. Kinds(story, words), .. Sexes(own), .. Elders(own, words), .. Hands(story, words),
            .. Things(story, words)];
    }

    /// <summary>Each name is introduced once, where it first stands or in the next sentence.</summary>
    private static IEnumerable<string> Names(string story, StoryWords words)
    {
        string[] sentences = StoryText.SentencesOf(story);
        (string Name, int Sentence)[] introduced =
            [.. sentences.SelectMany((sentence, i) => IntroducedIn(sentence, words).Select(name => (name, i)))];
        foreach (string name in StoryText.WordsOf(story).Where(word => words.Is(word, WordClass.Name)).Distinct())
        {
            int first = Array.FindIndex(sentences, sentence => StoryText.WordsOf(sentence).Contains(name));
            int[] places = [.. introduced.Where(item => item.Name == name).Select(item => item.Sentence)];
            if (places.Length == 0 || places[0] > first + 1)
                yield return $"Nobody has introduced {English.Capitalize(name)}: {sentences[first]}";
            if (places.Length > 1) yield return $"{English.Capitalize(name)} is introduced a second time: {sentences[places[1]]}";
        }
    }

    /// <summary>"a little fox named Lily", "Lily was a little fox", "Lily, a little fox", "a daughter named Lily".</summary>
    private static IEnumerable<string> IntroducedIn(string sentence, StoryWords words)
    {
        string[] found = [.. StoryText.WordsOf(sentence)];
        for (int i = 0; i < found.Length; i++)
        {
            if (!words.Is(found[i], WordClass.Name)) continue;
            bool after = i >= 2 && found[i - 1] == "named"
                && (words.Is(found[i - 2], WordClass.Son)
                    || (words.Is(found[i - 2], WordClass.Kind) && i >= 3 && words.Is(found[i - 3], WordClass.Trait)));
            int next = i + 1 < found.Length && found[i + 1] == "was" ? i + 2 : i + 1;
            bool before = next + 1 < found.Length && words.Is(found[next], WordClass.Trait) && words.Is(found[next + 1], WordClass.Kind);
            if (after || before) yield return found[i];
        }
    }

    /// <summary>Each animal comes as "a little fox" or "an old goat" before it is "the goat"; so does each girl and boy.</summary>
    private static IEnumerable<string> Kinds(string story, StoryWords words)
    {
        HashSet<string> known = [];
        MatchCollection all = Regex.Matches(story, @"\w+");
        for (int i = 0; i < all.Count; i++)
        {
            string kind = all[i].Value.ToLowerInvariant();
            if (!words.Is(kind, WordClass.Kind)) continue;
            bool isNew = i >= 2 && all[i - 2].Value is "a" or "an" or "A" or "An";
            if (isNew) known.Add(kind);
            else if (!known.Contains(kind)) yield return $"Nobody has told of a {kind} before: {Around(story, all[i].Index)}";
        }
    }

    /// <summary>All of a story's characters take the same pronoun: see <see cref="Casting"/>.</summary>
    private static IEnumerable<string> Sexes(string story)
    {
        string[] said = [.. StoryText.WordsOf(story).Where(word => StoryWords.IsFemale(word) is not null)];
        if (said.Select(StoryWords.IsFemale).Distinct().Count() <= 1) yield break;
        string other = said.First(word => StoryWords.IsFemale(word) != StoryWords.IsFemale(said[0]));
        yield return $"'{said[0]}' and '{other}' are in one story.";
    }

    private static IEnumerable<string> Elders(string story, StoryWords words)
    {
        string[] elders = [.. StoryText.WordsOf(story).Where(word => words.Is(word, WordClass.Elder)).Distinct()];
        if (elders.Length > 1) yield return $"The {elders[0]} has become a {elders[1]}.";
    }

    /// <summary>Children have hands, animals have paws.</summary>
    private static IEnumerable<string> Hands(string story, StoryWords words)
    {
        string[] said = [.. StoryText.WordsOf(story)];
        bool isChild = said.Any(word => word is "girl" or "boy");
        bool isAnimal = said.Any(word => words.Is(word, WordClass.Kind) && word is not ("girl" or "boy"));
        string? strange = said.FirstOrDefault(
            word => isChild && !isAnimal ? word is "paw" or "paws" : !isChild && word is "hand" or "hands");
        if (strange is not null) yield return $"Nobody in this story has a {strange}.";
    }

    /// <summary>A colored thing is introduced as "a blue kite" or, the first of a story, as "his blue kite"; then it stays blue.</summary>
    private static IEnumerable<string> Things(string story, StoryWords words)
    {
        Dictionary<string, string> colors = [];
        MatchCollection all = Regex.Matches(story, @"\w+");
        for (int i = 1; i < all.Count; i++)
        {
            string color = all[i - 1].Value, thing = all[i].Value;
            if (!words.Is(color, WordClass.Color) || !words.Is(thing, WordClass.Thing)) continue;
            string before = i < 2 ? "" : all[i - 2].Value.ToLowerInvariant();
            if (colors.TryGetValue(thing, out string? known))
            {
                if (known != color) yield return $"The {known} {thing} has become {color}: {Around(story, all[i].Index)}";
                continue;
            }

            bool isIntroduced = before is "a" or "an" or "of" || (colors.Count == 0 && before is "his" or "her" or "new" or "s");
            if (!isIntroduced) yield return $"Nobody has told of a {color} {thing} before: {Around(story, all[i].Index)}";
            colors[thing] = color;
        }
    }

    private static string Around(string story, int position) =>
        StoryText.SentencesOf(story).Aggregate((Text: "", End: 0), (found, sentence) =>
            found.End > position ? found : (sentence, story.IndexOf(sentence, found.End, StringComparison.Ordinal) + sentence.Length)).Text;
}
