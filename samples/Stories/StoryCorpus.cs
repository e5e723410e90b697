using System.Text;

namespace Stories;

/// <summary>
/// A corpus file of generated stories: UTF-8 without a byte order mark; each story, a line end, a line
/// <c>&lt;|endoftext|&gt;</c>. A model trained on it so learns to end a story by itself.
/// </summary>
public static class StoryCorpus
{
    /// <summary>The line after each story.</summary>
    public const string Separator = "<|endoftext|>";

    /// <summary>
    /// Writes whole stories until there are at least <paramref name="bytes"/> bytes, beside the file first and then
    /// over it: a reader never sees half a corpus.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bytes"/> is not positive.</exception>
    public static void Write(string path, long bytes, ulong seed)
    {
        if (bytes <= 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(bytes), bytes, "A corpus needs a size above 0: ask for 3,000,000 bytes, say.");
        }

        var stories = new StoryGenerator(seed);
        string unfinished = path + ".tmp";
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            while (file.Position < bytes)
            {
                file.Write(Encoding.UTF8.GetBytes($"{stories.Next()}\n{Separator}\n"));
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }
}
