using System.Text.RegularExpressions;

namespace Stories.Tests;

public partial class StoryGeneratorTests
{
    private static readonly string[] Thousands = Stories(seed: 1, count: 2_000);

    [Fact]
    public void A_seed_names_a_story()
    {
        const string expected = """
            Once upon a time, there was a clever mouse named Tim. Tim liked to play outside. Tim had a big dream. He wanted to learn to whistle. One bright morning, Tim gave it a try. Only air came out. Tim tried again, and it sounded like an old door.

            "I will never learn it!" said Tim, and he sat down and cried. His grandfather sat down next to him. "I could not whistle at first, either," he said. "Make your mouth round and blow softly. You will see, it gets better."

            Every day Tim practiced whistling, and his grandfather watched. And at the end of the week, a clear whistle rang out, like the song of a bird! "I can whistle!" Tim shouted. "Look at me!"

            From then on, whenever something was hard, Tim said, "I just need some more days."
            """;

        Assert.Equal(expected, new StoryGenerator(1).Next());
    }

    [Fact]
    public void The_same_seed_gives_the_same_stories_and_another_seed_gives_others()
    {
        Assert.Equal(Stories(7, 100), Stories(7, 100));
        Assert.Empty(Stories(7, 1_000).Intersect(Stories(8, 1_000)));
    }

    [Fact]
    public void Hardly_any_story_comes_twice()
    {
        Assert.InRange(Thousands.Distinct().Count(), 1_998, 2_000);
    }

    [Fact]
    public void Stories_are_short_and_their_words_few()
    {
        var words = new HashSet<string>(Thousands.SelectMany(story => Word().Matches(story).Select(word => word.Value)),
            StringComparer.OrdinalIgnoreCase);

        Assert.All(Thousands, story => Assert.InRange(Word().Count(story), 80, 220));
        Assert.InRange(words.Count, 600, 1_500);
    }

    [Fact]
    public void Stories_are_clean_text()
    {
        Assert.All(Thousands, story =>
        {
            Assert.Matches("^[A-Z\"]", story);
            Assert.Matches("[.!?]\"?$", story);
            Assert.DoesNotMatch(@"[{}\[\]|“”\r\t]|  |\n\n\n|[^\n]\n[^\n]| \n|\n | [.,!?]|\.\.|,\.|[!?][.,]", story);
            Assert.DoesNotMatch("[^ -~\n]", story);
            Assert.True(story.Count(letter => letter == '"') % 2 == 0, "An open quotation: " + story);
            Assert.DoesNotMatch("[.!?] [a-z]", Quotation().Replace(story, "\""));
        });
    }

    [Fact]
    public void Articles_fit_the_word_after_them()
    {
        Assert.All(Thousands, story =>
        {
            Assert.DoesNotMatch(@"\b[Aa] [aeiouAEIOU]", story);
            Assert.DoesNotMatch(@"\b[Aa]n [^aeiouAEIOU]", story);
            Assert.DoesNotMatch(@"\b(mittens|boots|socks) (is|was)\b", story);
            Assert.DoesNotMatch(@"\b(a|an|the) (a|an|the)\b", story);
            Assert.DoesNotMatch(@"\b(\w+) \1\b", story.Replace("had had", "", StringComparison.Ordinal));
        });
    }

    [Fact]
    public void No_sentence_comes_twice_in_a_story()
    {
        Assert.All(Thousands, story =>
        {
            string[] sentences = SentenceEnd().Split(story);
            Assert.Equal(sentences.Length, sentences.Distinct().Count());
        });
    }

    [Fact]
    public void No_plot_repeats_itself_soon()
    {
        Assert.All(StoryGenerator.Plots, plot =>
        {
            var stories = new StoryGenerator(3);
            Assert.Equal(400, Enumerable.Range(0, 400).Select(_ => stories.Tell(plot)).Distinct().Count());
        });
    }

    [Fact]
    public void Every_beat_can_be_told_in_several_ways()
    {
        Assert.All(StoryGenerator.Plots, plot =>
        {
            Assert.All(plot.Beats, beat =>
            {
                Assert.InRange(beat.Variants.Length, 2, 6);
                Assert.Equal(beat.Variants.Length, beat.Variants.Distinct().Count());
            });
        });
    }

    private static string[] Stories(ulong seed, int count)
    {
        var stories = new StoryGenerator(seed);
        return [.. Enumerable.Range(0, count).Select(_ => stories.Next())];
    }

    [GeneratedRegex("[A-Za-z']+")]
    private static partial Regex Word();

    [GeneratedRegex("\"[^\"]*\"")]
    private static partial Regex Quotation();

    [GeneratedRegex("(?<=[.!?]\"?)\\s+(?=[A-Z\"])")]
    private static partial Regex SentenceEnd();
}
