using System.Security.Cryptography;
using System.Text;
using Cs336.Testing;

namespace Stories.Tests;

public class StoryCorpusTests
{
    [Fact]
    public void Same_seed_gives_the_same_bytes_on_every_machine()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "stories.txt");

        StoryCorpus.Write(path, 100_000, seed: 1);

        Assert.Equal("92ca760bf09421a4e5b9b3dec4910d8e3e80e27aeeeb669658558d1bcc9f448e",
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
    }

    [Fact]
    public void Holds_whole_stories_with_a_separator_line_after_each()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "stories.txt");

        StoryCorpus.Write(path, 20_000, seed: 4);

        byte[] bytes = File.ReadAllBytes(path);
        Assert.InRange(bytes.Length, 20_000, 22_000);
        Assert.NotEqual(0xEF, bytes[0]);
        string[] stories = Encoding.UTF8.GetString(bytes).Split("\n<|endoftext|>\n");
        var generator = new StoryGenerator(4);
        Assert.Equal("", stories[^1]);
        Assert.Equal(Enumerable.Range(1, stories.Length - 1).Select(_ => generator.Next()), stories[..^1]);
    }

    [Fact]
    public void Replaces_an_older_corpus_and_leaves_nothing_else_behind()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "stories.txt");
        File.WriteAllText(path, "an older corpus");

        StoryCorpus.Write(path, 1, seed: 2);

        Assert.Equal(new StoryGenerator(2).Next() + "\n<|endoftext|>\n", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    public void Refuses_a_size_of_nothing(long bytes)
    {
        string message = Assert.Throws<ArgumentOutOfRangeException>(() => StoryCorpus.Write("any", bytes, 1)).Message;

        Assert.StartsWith("A corpus needs a size above 0: ask for 3,000,000 bytes, say.", message, StringComparison.Ordinal);
    }
}
