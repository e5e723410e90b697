using System.Text.RegularExpressions;

namespace Stories.Tests;

/// <summary>Reads stories as a reader does: who is in them, and whom a "he" or "she" can mean.</summary>
public partial class StoryCastTests
{
    public static TheoryData<string> PlotNames => [.. StoryGenerator.Plots.Select(plot => plot.GetType().Name)];

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void One_hero_and_at_most_one_other_of_another_name_and_the_same_pronoun(string plot)
    {
        foreach (string story in Stories(plot))
        {
            string[] names = [.. Names(story)];
            string hero = names[0];

            Assert.InRange(names.Length, 1, 2);
            Assert.Single(Names(FirstSentences(story)));
            Assert.True(names.Length == 1 || IsGirl(hero) == IsGirl(names[1]), story);
            Assert.True(Regex.Count(story, hero) >= 3, $"{hero} is hardly in this story: {story}");
        }
    }

    [Fact]
    public void Each_name_is_for_heroes_or_for_friends_and_all_of_them_come()
    {
        string[][] casts =
            [.. StoryGenerator.Plots.SelectMany(plot => Stories(plot.GetType().Name)).Select(story => Names(story).ToArray())];
        string[] heroes = [.. casts.Select(cast => cast[0]).Distinct()], friends = [.. casts.SelectMany(cast => cast[1..]).Distinct()];

        Assert.Equal((20, 20), (heroes.Length, friends.Length));
        Assert.Empty(heroes.Intersect(friends));
        Assert.Equal(
            Casting.Girls.Concat(Casting.Boys).Order(StringComparer.Ordinal), heroes.Concat(friends).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void Every_pronoun_of_a_story_is_the_hero_s_and_comes_after_the_name(string plot)
    {
        foreach (string story in Stories(plot))
        {
            string hero = Names(story).First();
            string[] others = IsGirl(hero) ? ["he", "him", "his", "himself"] : ["she", "her", "herself"];
            string[] own = IsGirl(hero) ? ["she", "her", "herself"] : ["he", "him", "his", "himself"];
            string[] words = [.. Word().Matches(story).Select(match => match.Value.ToLowerInvariant())];
            Assert.True(!words.Intersect(others).Any(), $"Who is '{words.Intersect(others).FirstOrDefault()}'? {story}");
            int named = Array.FindIndex(words, word => word == hero.ToLowerInvariant());
            Assert.True(!words[..named].Intersect(own).Any(), $"A pronoun stands before the name: {story}");
        }
    }

    [Theory]
    [MemberData(nameof(PlotNames))]
    public void A_name_goes_with_one_kind_and_one_sex(string plot)
    {
        foreach (string story in Stories(plot))
        {
            foreach (Match match in Introduction().Matches(story))
            {
                Assert.NotEqual(IsGirl(match.Groups["name"].Value) ? "boy" : "girl", match.Groups["kind"].Value);
            }

            string[] kinds = [.. Introduction().Matches(story).Select(match => match.Groups["kind"].Value)];
            Assert.InRange(kinds.Length, 1, 2);
            Assert.True(IsChild().IsMatch(story) || kinds.Distinct().Count() == kinds.Length, story);
        }
    }

    [Fact]
    public void What_is_lost_is_found_and_stays_the_same_color()
    {
        foreach (string story in Stories(nameof(LostAndFound)))
        {
            Assert.Single(ColoredThing().Matches(story).Select(match => match.Value).Distinct());
        }
    }

    [Fact]
    public void Feet_and_hands_fit_the_body()
    {
        foreach (string story in StoryGenerator.Plots.SelectMany(plot => Stories(plot.GetType().Name)))
        {
            bool isChild = IsChild().IsMatch(story);
            Assert.False(isChild && story.Contains("paw", StringComparison.Ordinal), story);
            Assert.False(!isChild && Hand().IsMatch(story), story);
        }
    }

    private static bool IsGirl(string name) => Casting.Girls.Contains(name);

    private static IEnumerable<string> Names(string text) => Word().Matches(text)
        .Select(match => match.Value.Replace("'s", "", StringComparison.Ordinal))
        .Where(word => Casting.Girls.Contains(word) || Casting.Boys.Contains(word)).Distinct();

    /// <summary>The text up to the end of the sentence that first names somebody.</summary>
    private static string FirstSentences(string story)
    {
        int named = story.IndexOf(Names(story).First(), StringComparison.Ordinal);
        return story[..story.IndexOf('.', named)];
    }

    private static IEnumerable<string> Stories(string plotName)
    {
        Plot plot = StoryGenerator.Plots.Single(plot => plot.GetType().Name == plotName);
        var stories = new StoryGenerator(21);
        return Enumerable.Range(0, 100).Select(_ => stories.Tell(plot));
    }

    [GeneratedRegex("[A-Za-z']+")]
    private static partial Regex Word();

    [GeneratedRegex(
        @"\b[Aa]n? \w+ (?<kind>\w+) named (?<name>\w+)|(?<name>(?!It)[A-Z]\w+)(, | was )an? \w+ (?<kind>girl|boy|rabbit|"
        + @"fox|bear|mouse|cat|dog|hedgehog|otter)\b")]
    private static partial Regex Introduction();

    [GeneratedRegex(
        "(red|blue|green|yellow|white|orange) (ball|kite|drum|boat|train|bucket|hat|scarf|bag|mittens|boots)")]
    private static partial Regex ColoredThing();

    [GeneratedRegex(@"\b(girl|boy)\b")]
    private static partial Regex IsChild();

    [GeneratedRegex(@"\bhands?\b")]
    private static partial Regex Hand();
}
