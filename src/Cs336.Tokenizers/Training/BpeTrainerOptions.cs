using Cs336.Alphabet;

namespace Cs336.Tokenizers;

/// <summary>How to train a byte-level BPE vocabulary.</summary>
public sealed class BpeTrainerOptions
{
    /// <summary>The largest vocabulary that can be asked for.</summary>
    internal const int MaxVocabSize = 1 << 22;

    /// <summary>
    /// The number of ids to make: special tokens, 256 bytes, and as many merges as are left; at most 4,194,304. A corpus
    /// with too few distinct pairs gives a smaller vocabulary.
    /// </summary>
    public required int VocabSize { get; init; }

    /// <summary>
    /// The special tokens, which get the first ids in this order. They divide the text, and nothing merges across or
    /// within them. By default <c>&lt;|endoftext|&gt;</c>.
    /// </summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>
    /// How files and streams of text are encoded; by default UTF-8 unless they begin with the byte order mark of UTF-16 or UTF-32.
    /// </summary>
    public TextEncoding TextEncoding { get; init; }

    /// <summary>What reads files that are not text alone; null, the default, where they are.</summary>
    public ICorpusReader? Reader { get; init; }

    /// <summary>How often a pair must stand in the corpus to be merged: at least 1, which is the default.</summary>
    public long MinFrequency { get; init; } = 1;

    /// <summary>What cuts text before merging; GPT-2's by default.</summary>
    public IPreTokenizer PreTokenizer { get; init; } = Gpt2PreTokenizer.Instance;

    /// <summary>
    /// How many threads count pre-tokens: at least 1, by default one per processor. The result is the same for any number.
    /// </summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// About how many bytes of memory the distinct pre-tokens may take: at least 16 MiB, or null (the default) for as many
    /// as they need. Counts that do not fit while the text is read go to temporary files, which changes nothing but the
    /// speed. If the pre-tokens do not fit when all are counted, the rarest are left out: those below the lowest count
    /// that makes the others fit, at 12 bytes of memory for each byte of them. <see cref="BpeTrainingProgress"/> tells of
    /// both. The result is still the same for any number of threads. The program itself and the text being read come on
    /// top, some 100 MB.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Throws where the options do not make a vocabulary.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public void Validate()
    {
        ArgumentNullException.ThrowIfNull(SpecialTokens);
        ArgumentNullException.ThrowIfNull(PreTokenizer);
        HashSet<string> seen = [];
        foreach (string token in SpecialTokens)
        {
            if (string.IsNullOrEmpty(token))
                throw new ArgumentException("special_tokens holds an empty text: give it a text, or leave it out.");
            if (!seen.Add(token)) throw new ArgumentException($"special_tokens holds '{token}' twice: leave one out.");
            if (token.Length == 1 && Gpt2ByteAlphabet.Contains(token[0]))
                throw new ArgumentException(
                    $"special_tokens holds '{token}', which is spelled as one of the 256 bytes: use a longer text.");
        }
        int min = 256 + SpecialTokens.Count;
        if (VocabSize < min)
            throw new ArgumentException(
                $"vocab_size is {VocabSize}, " +
                $"but 256 bytes and {SpecialTokens.Count} special token{(SpecialTokens.Count == 1 ? "" : "s")} " +
                $"need at least {min}: raise vocab_size or drop special tokens.");
        if (VocabSize > MaxVocabSize)
            throw new ArgumentException(
                $"vocab_size is {VocabSize}, but must be at most {MaxVocabSize}, of which the files can still be read: " +
                "vocabularies in use have up to a few hundred thousand ids.");
        if (ThreadCount < 1) throw new ArgumentException($"thread_count is {ThreadCount}, but must be at least 1.");
        if (MemoryBudget < 16 << 20)
            throw new ArgumentException(
                $"memory_budget is {MemoryBudget:N0} bytes, but must be at least {16 << 20:N0}, or null for no bound.");
        if (!Enum.IsDefined(TextEncoding))
            throw new ArgumentException($"text_encoding is {TextEncoding}, but must be Auto, Utf8 or Utf16.");
        if (Reader is not null && !SpecialTokens.Contains(Reader.EndToken))
            throw new ArgumentException($"special_tokens lacks '{Reader.EndToken}', which stands after each document: add it.");
        if (MinFrequency < 1) throw new ArgumentException($"min_frequency is {MinFrequency}, but must be at least 1.");
    }
}
