using Cs336.Tokenizers;

namespace Cs336.Training.Tests;

public sealed class FingerprintTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tokens_are_known_by_their_number_and_ids_wherever_they_lie()
    {
        int[] ids = TokenFiles.Walk(200_000, 40), other = [.. ids];
        other[150_000]++;
        using TokenDataset one = Open("one.npy", ids), same = Open("same.npy", [7, .. ids]), changed = Open("changed.npy", other);
        string fingerprint = Fingerprint.Of(one);
        Assert.StartsWith("200000:", fingerprint, StringComparison.Ordinal);
        Assert.Equal(fingerprint, Fingerprint.Of(same.Slice(1, ids.Length)));
        Assert.NotEqual(fingerprint, Fingerprint.Of(changed));
        Assert.NotEqual(fingerprint, Fingerprint.Of(one.Slice(0, ids.Length - 1)));
    }

    [Fact]
    public void Of_many_tokens_some_are_looked_at_spread_evenly()
    {
        using TokenDataset tokens = Open("many.npy", new int[(10 * TokenDataset.BlockSize) + 5]);
        Assert.Equal([(0, TokenDataset.BlockSize), (3L * TokenDataset.BlockSize, TokenDataset.BlockSize),
            (7L * TokenDataset.BlockSize, TokenDataset.BlockSize)], tokens.Spread(3 * TokenDataset.BlockSize));
        Assert.Equal(tokens.Length, tokens.Spread(1L << 30).Sum(block => block.Length));
    }

    [Fact]
    public void A_tokenizer_is_known_by_the_bytes_of_its_ids_and_its_special_tokens()
    {
        string[] fingerprints = [Of("ab", "c"), Of("a", "bc"), Of("ab", "c", special: 1), Of("ab", "c", special: 0)];
        Assert.Equal(4, fingerprints.Distinct().Count());
        Assert.Equal(fingerprints[0], Of("ab", "c"));

        static string Of(string first, string second, int? special = null) =>
            TokenizerFingerprint.Of(new FakeTokenizer([first, second], special));
    }

    private TokenDataset Open(string name, int[] ids) => TokenDataset.Open(TokenFiles.Write(_folder, name, ids, 41));

    private sealed class FakeTokenizer(string[] tokens, int? special) : ITokenizer
    {
        public int VocabSize => tokens.Length;

        public IReadOnlyDictionary<string, int> SpecialTokens =>
            special is int id ? new Dictionary<string, int> { [tokens[id]] = id } : new Dictionary<string, int>();

        public void Encode(ReadOnlySpan<byte> utf8Text, System.Buffers.IBufferWriter<int> ids,
            SpecialTokenHandling specialTokens = SpecialTokenHandling.Ignore) => throw new NotSupportedException();

        public ReadOnlySpan<byte> GetTokenBytes(int id) => System.Text.Encoding.UTF8.GetBytes(tokens[id]);
    }
}
