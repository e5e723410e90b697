using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Benchmarks.Learning;

/// <summary>A text as ids to learn.</summary>
/// <param name="Ids">The whole text.</param>
/// <param name="VocabSize">One more than the largest id can be.</param>
/// <param name="TokenByteLengths">Bytes of text that each id stands for.</param>
internal sealed record LearntText(int[] Ids, int VocabSize, IReadOnlyList<int> TokenByteLengths)
{
    private const int BytesInAll = byte.MaxValue + 1;

    /// <summary>The text's bytes.</summary>
    public static LearntText OfBytes(string path) =>
        new([.. File.ReadAllBytes(path).Select(value => (int)value)], BytesInAll, [.. Enumerable.Repeat(1, BytesInAll)]);

    /// <summary>
    /// The text in tokens of its own. Their merges are those of its first nine tenths, to the end of a line, so that they know nothing of
    /// what validates.
    /// </summary>
    public static LearntText OfTokens(string path, int vocabSize)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int line = bytes.AsSpan(0, (int)(bytes.Length * 9L / 10)).LastIndexOf((byte)'\n');
        using MemoryStream beginning = new(bytes, 0, line + 1);
        BpeTokenizer tokenizer = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = vocabSize }).Train(beginning));
        return new LearntText([.. tokenizer.Encode(File.ReadAllText(path))], tokenizer.VocabSize, Evaluator.TokenByteLengths(tokenizer));
    }
}
