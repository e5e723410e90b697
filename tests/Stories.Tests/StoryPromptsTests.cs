namespace Stories.Tests;

public class StoryPromptsTests
{
    private static readonly string[] Corpus = FirstStories(4_000);

    [Fact]
    public void Familiar_prompts_begin_many_stories()
    {
        Assert.All(StoryPrompts.All.Where(prompt => prompt != StoryPrompts.Unseen), prompt =>
            Assert.InRange(Corpus.Count(story => story.StartsWith(prompt, StringComparison.Ordinal)), 20, Corpus.Length));
    }

    [Theory]
    [InlineData("a brave pony named Leo")]
    [InlineData("pony")]
    public void The_unseen_prompt_is_in_no_story(string part)
    {
        Assert.Contains(part, StoryPrompts.Unseen, StringComparison.Ordinal);
        Assert.DoesNotContain(Corpus, story => story.Contains(part, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Once upon a time, there was a ")]
    [InlineData(" named Leo.")]
    [InlineData("blue kite")]
    [InlineData(" to the beach.")]
    public void The_unseen_prompt_is_made_of_familiar_parts(string part)
    {
        Assert.Contains(part, StoryPrompts.Unseen, StringComparison.Ordinal);
        Assert.Contains(Corpus, story => story.Contains(part, StringComparison.Ordinal));
    }

    /// <summary>More stories than the 3 MB corpus of seed 1 has.</summary>
    private static string[] FirstStories(int count)
    {
        var stories = new StoryGenerator(1);
        return [.. Enumerable.Range(0, count).Select(_ => stories.Next())];
    }
}
