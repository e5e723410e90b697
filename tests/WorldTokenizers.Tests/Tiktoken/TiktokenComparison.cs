namespace WorldTokenizers.Tests.Tiktoken;

/// <summary>Holds what we make of a rank file to what tiktoken makes of it.</summary>
internal static class TiktokenComparison
{
    /// <summary>Compares ids and decoded texts, also after saving, and fails with everything that differs.</summary>
    public static void Run(string name, Action<string> tell)
    {
        using TemporaryFolder folder = new();
        NpmEncoding encoding = NpmEncoding.Read(name);
        string path = folder.File($"{name}.tiktoken");
        encoding.WriteRankFile(path);
        BpeTokenizer tokenizer = new(TiktokenFile.Load(path, TiktokenEncoding.Get(name)));
        Assert.Equal(encoding.SpecialTokens.OrderBy(token => token.Value), tokenizer.SpecialTokens.OrderBy(token => token.Value));
        Differences differences = CompareTexts(name, name, tokenizer, tell);
        IReadOnlyList<string> hostile = HostileTexts.For([.. encoding.SpecialTokens.Keys]);
        string[] texts = [.. hostile, .. MixedText.Documents(hostile)];
        int[][] ids = Encode(tokenizer, texts);

        string saved = folder.File("saved.tiktoken");
        TiktokenFile.Save(tokenizer.Model, saved);
        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(saved));
        tokenizer.Model.Save(folder.File("saved"));
        BpeTokenizer loaded = BpeTokenizer.Load(folder.File("saved"));
        differences.CompareIds("ids change when the tokenizer is saved as tokenizer.json", texts, ids, Encode(loaded, texts));
        string savedPath = Path.Combine(folder.File("saved"), "tokenizer.json");
        int[][] asked = [.. OracleScript.Ask(OracleKind.Tokenizers, savedPath, hostile, idsAlone: true).Select(answer => answer.Ids)];
        differences.CompareIds("ids of the Rust library for what we saved are not tiktoken's", hostile, ids, asked);
        differences.AssertNone();
    }

    /// <summary>Compares ids and decoded texts.</summary>
    /// <param name="name">What messages call the encoding.</param>
    /// <param name="source">The encoding for tiktoken: the name of one of its own, or a file.</param>
    /// <param name="tokenizer">What we make of it.</param>
    /// <param name="tell">Receives a line when tiktoken has answered.</param>
    /// <returns>What differs.</returns>
    public static Differences CompareTexts(string name, string source, BpeTokenizer tokenizer, Action<string> tell)
    {
        IReadOnlyList<string> hostile = HostileTexts.For(
            [.. tokenizer.SpecialTokens.OrderBy(token => token.Value).Select(token => token.Key)]);
        string[] texts = [.. hostile, .. MixedText.Documents(hostile)];
        Differences differences = new(name, tokenizer);
        OracleAnswer[] theirs = OracleScript.Ask(OracleKind.Tiktoken, source, texts);
        int[][] ids = [.. theirs.Select(answer => answer.Ids)];
        tell($"{ids.Sum(list => list.Length)} ids of tiktoken");
        differences.CompareIds("ids are not tiktoken's", texts, ids, Encode(tokenizer, texts));
        string[] decoded = [.. ids.Select(list => tokenizer.Decode(list))];
        differences.CompareTexts("decoded texts are not tiktoken's", texts, ids, [.. theirs.Select(answer => answer.Decoded)], decoded);
        decoded = [.. ids.Select(list => tokenizer.Decode(list, skipSpecialTokens: true))];
        differences.CompareTexts("decoded texts without special tokens are not tiktoken's", texts, ids,
            [.. theirs.Select(answer => answer.DecodedWithoutSpecialTokens)], decoded);
        return differences;
    }

    private static int[][] Encode(BpeTokenizer tokenizer, string[] texts) =>
        [.. texts.Select(text => tokenizer.Encode(text, SpecialTokenHandling.Allow))];
}
