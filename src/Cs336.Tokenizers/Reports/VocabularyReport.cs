using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// What is worth knowing of one or more vocabularies: their longest tokens, and for each on each text the compression ratio
/// and the speed. A tokenizer on the texts that another was trained on shows what its vocabulary is specialised in.
/// </summary>
public sealed class VocabularyReport
{
    private VocabularyReport(
        IReadOnlyDictionary<string, IReadOnlyList<TokenSummary>> longestTokens, IReadOnlyList<CorpusMeasurement> measurements)
    {
        LongestTokens = longestTokens;
        Measurements = measurements;
    }

    /// <summary>
    /// The longest tokens of each tokenizer, special tokens left out: the longest first, and of equally long ones the lower id.
    /// </summary>
    public IReadOnlyDictionary<string, IReadOnlyList<TokenSummary>> LongestTokens { get; }

    /// <summary>Every tokenizer on every text, in the order given.</summary>
    public IReadOnlyList<CorpusMeasurement> Measurements { get; }

    /// <summary>Measures tokenizers on texts.</summary>
    /// <param name="tokenizers">The tokenizers and their names.</param>
    /// <param name="corpora">The texts, each of which every tokenizer encodes.</param>
    /// <param name="longest">How many of the longest tokens to list.</param>
    /// <param name="specialTokens">What to do with special tokens in texts.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <exception cref="ArgumentException">Two tokenizers or two texts have the same name.</exception>
    public static VocabularyReport Create(
        IEnumerable<KeyValuePair<string, ITokenizer>> tokenizers, IEnumerable<TextCorpus> corpora, int longest = 10,
        SpecialTokenHandling specialTokens = SpecialTokenHandling.Allow, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizers);
        ArgumentNullException.ThrowIfNull(corpora);
        KeyValuePair<string, ITokenizer>[] named = [.. tokenizers];
        TextCorpus[] texts = [.. corpora];
        CheckDistinct(named.Select(tokenizer => tokenizer.Key), "tokenizers");
        CheckDistinct(texts.Select(text => text.Name), "texts");
        List<CorpusMeasurement> measurements = [];
        foreach ((string name, ITokenizer tokenizer) in named)
        {
            foreach (TextCorpus text in texts)
                measurements.Add(CorpusMeasurement.Measure(name, tokenizer, text, specialTokens, cancellationToken));
        }
        return new VocabularyReport(
            named.ToDictionary(tokenizer => tokenizer.Key, tokenizer => FindLongestTokens(tokenizer.Value, longest)), measurements);
    }

    /// <summary>
    /// The longest tokens of a vocabulary, special tokens left out: the longest first, and of equally long ones the lower id.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative.</exception>
    public static IReadOnlyList<TokenSummary> FindLongestTokens(ITokenizer tokenizer, int count)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        HashSet<int> special = [.. tokenizer.SpecialTokens.Values];
        return [.. Enumerable.Range(0, tokenizer.VocabSize)
            .Where(id => !special.Contains(id))
            .OrderByDescending(id => tokenizer.GetTokenBytes(id).Length)
            .Take(count)
            .Select(id => new TokenSummary(id, tokenizer.GetTokenBytes(id).Length, Encoding.UTF8.GetString(tokenizer.GetTokenBytes(id))))];
    }

    /// <summary>One tokenizer on one text.</summary>
    /// <exception cref="KeyNotFoundException">The report has no such pair.</exception>
    public CorpusMeasurement Of(string tokenizer, string corpus) =>
        Measurements.FirstOrDefault(measurement => measurement.Tokenizer == tokenizer && measurement.Corpus == corpus)
        ?? throw new KeyNotFoundException($"The report has no tokenizer '{tokenizer}' on a text '{corpus}'.");

    private static void CheckDistinct(IEnumerable<string> names, string what)
    {
        HashSet<string> seen = [];
        foreach (string name in names)
        {
            if (!seen.Add(name)) throw new ArgumentException($"Two {what} are named '{name}': give each a name of its own.");
        }
    }
}
