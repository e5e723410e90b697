using System.Text;
using Cs336.Tokenizers;
using Stories;

namespace QuickStart;

/// <summary>
/// The stories' tokens, laid out for learning: every window of the model begins with a story and goes on with the beginning of
/// the next one until it is full. A window cut from anywhere would begin in the middle of a story, about somebody who was
/// introduced before it: who "Tom" is cannot be learnt from it, and it is what costs a small model the most time.
/// </summary>
/// <param name="Count">Number of windows.</param>
/// <param name="Tokens">Number of tokens of all stories, each counted once.</param>
internal sealed record StoryWindows(int Count, long Tokens)
{
    /// <summary>
    /// Both parts of the text, to learn from and to validate on, are to begin with a window: see
    /// <see cref="Cs336.Training.TokenDataset.OpenSplit"/>.
    /// </summary>
    private const int Parts = 20;

    /// <summary>Writes a token file of whole windows.</summary>
    /// <param name="corpus">Stories as <see cref="StoryCorpus"/> writes them.</param>
    /// <param name="tokenizer">It has the separator of the stories as a special token.</param>
    /// <param name="path">Where to write.</param>
    /// <param name="length">Tokens a window. A story that is longer goes on in the next window.</param>
    public static StoryWindows Write(string corpus, ITokenizer tokenizer, string path, int length)
    {
        string separator = StoryCorpus.Separator + "\n";
        int[][] stories = [.. File.ReadAllText(corpus, Encoding.UTF8).Split(separator, StringSplitOptions.RemoveEmptyEntries)
            .Select(story => (int[])[.. tokenizer.Encode(story), tokenizer.SpecialTokens[StoryCorpus.Separator]])];
        List<int> windows = [];
        for (int first = 0; first < stories.Length; first++)
        {
            int end = windows.Count + (stories[first].Length + length - 1) / length * length;
            for (int next = first; windows.Count < end; next = (next + 1) % stories.Length) windows.AddRange(stories[next]);
            windows.RemoveRange(end, windows.Count - end);
        }

        int count = windows.Count / length / Parts * Parts;
        using TokenFileWriter file = new(path, tokenizer.VocabSize);
        file.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(windows)[..(count * length)]);
        file.Complete();
        return new StoryWindows(count, stories.Sum(story => (long)story.Length));
    }
}
