namespace Cs336.Tokenizers;

/// <summary>How to count the pre-tokens of a corpus. A training takes counts only with its own pattern and special tokens.</summary>
public sealed class CorpusCounterOptions
{
    /// <summary>See <see cref="BpeTrainerOptions.SpecialTokens"/>.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>See <see cref="BpeTrainerOptions.PreTokenizer"/>.</summary>
    public IPreTokenizer PreTokenizer { get; init; } = Gpt2PreTokenizer.Instance;

    /// <summary>See <see cref="BpeTrainerOptions.TextEncoding"/>. Only UTF-8 can be divided into shards.</summary>
    public TextEncoding TextEncoding { get; init; }

    /// <summary>See <see cref="BpeTrainerOptions.Reader"/>. Files that one reads are not divided: a shard has whole ones.</summary>
    public ICorpusReader? Reader { get; init; }

    /// <summary>See <see cref="BpeTrainerOptions.ThreadCount"/>.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>
    /// About how many bytes of memory counts may take: at least 16 MiB, or null (the default) for as many as they need. What does not fit
    /// goes to temporary files, which changes nothing but the speed; nothing is left out.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Throws where the options are not sound.</summary>
    /// <exception cref="ArgumentException">An option is out of its range; the message names it.</exception>
    public void Validate() => ToTrainerOptions();

    /// <summary>Options of a training that counts in this way, of the smallest vocabulary.</summary>
    internal BpeTrainerOptions ToTrainerOptions()
    {
        ArgumentNullException.ThrowIfNull(SpecialTokens);
        BpeTrainerOptions options = new()
        {
            VocabSize = 256 + SpecialTokens.Count,
            SpecialTokens = SpecialTokens,
            PreTokenizer = PreTokenizer,
            TextEncoding = TextEncoding,
            Reader = Reader,
            ThreadCount = ThreadCount,
            MemoryBudget = MemoryBudget,
        };
        options.Validate();
        return options;
    }
}
