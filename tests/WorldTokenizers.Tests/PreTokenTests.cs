namespace WorldTokenizers.Tests;

/// <summary>
/// Where text is cut, on a vocabulary that shows it, for a file of each pattern and normalization that well-known byte-level models have.
/// </summary>
public class PreTokenTests
{
    [NpmTheory]
    [InlineData("gpt2")]
    [InlineData("gpt4")]
    [InlineData("gpt4o")]
    [InlineData("llama3")]
    [InlineData("mistral_nemo")]
    [InlineData("qwen3")]
    [InlineData("deepseek_v3")]
    [InlineData("claude")]
    public void Text_is_cut_where_the_library_cuts_it(string name)
    {
        using TemporaryFolder folder = new();
        string path = folder.File("tokenizer.json");
        RevealingFile.Write(Path.Combine(NpmStore.FolderOf(WorldFiles.All.Single(file => file.Name == name)), "tokenizer.json"), path);
        BpeTokenizer tokenizer = BpeTokenizer.Load(folder.Path);
        Compare(name, tokenizer, path, HostileTexts.For([]));
        Compare(name, tokenizer, path, EveryCharacter.Texts);
    }

    private static void Compare(string name, BpeTokenizer tokenizer, string path, IReadOnlyList<string> texts)
    {
        int[][] theirs = [.. OracleScript.Ask(OracleKind.Tokenizers, path, texts, idsAlone: true).Select(answer => answer.Ids)];
        int[][] ours = [.. texts.Select(text => tokenizer.Encode(text, SpecialTokenHandling.Allow))];
        Differences differences = new($"{name} with a vocabulary that shows cuts", tokenizer);
        differences.CompareIds("ids are not those of the Rust library", texts, theirs, ours);
        differences.AssertNone();
    }
}
