using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>The tokenizer files of Llama and of Mistral's models.</summary>
public class LlamaFileTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("llama2")]
    [InlineData("llama3")]
    [InlineData("llama3_1")]
    [InlineData("llama3_2")]
    [InlineData("mistral_nemo")]
    public void A_file_gives_the_ids_and_texts_of_its_library(string name) => WorldComparison.RunNamed(name, output);

    [NpmFact]
    public void A_tekken_json_of_Mistral_Nemos_vocabulary_gives_the_ids_and_texts_of_its_library()
    {
        using TemporaryFolder folder = new();
        string path = Path.Combine(NpmStore.FolderOf(WorldFiles.All.Single(file => file.Name == "mistral_nemo")), "tokenizer.json");
        BpeModel nemo = BpeModel.Load(path);
        string[] special = [.. nemo.SpecialTokens.OrderBy(token => token.Value).Select(token => token.Key)];
        // The published file has the same parts, and 20,000 tokens more that no model has ids for.
        IEnumerable<byte[]> tokens = [.. RankedFiles.TokensOf(nemo), "no model has it"u8.ToArray()];
        JsonObject json = RankedFiles.Tekken(tokens, nemo.PreTokenizer.Pattern, nemo.VocabSize, special.Length, special);
        BpeTokenizer tekken = BpeTokenizer.Load(folder.Write("tekken.json", json.ToJsonString()));
        Differences differences = new("tekken.json", tekken);
        IReadOnlyList<string> hostile = HostileTexts.For(special);
        string[] texts = [.. hostile, .. MixedText.Documents(hostile)];

        OracleAnswer[] theirs = OracleScript.Ask(OracleKind.Tokenizers, path, texts);

        int[][] ids = [.. theirs.Select(answer => answer.Ids)];
        differences.CompareIds("ids are not those of the Rust library", texts, ids,
            [.. texts.Select(text => tekken.Encode(text, SpecialTokenHandling.Allow))]);
        differences.CompareTexts("decoded texts are not those of the Rust library", texts, ids,
            [.. theirs.Select(answer => answer.Decoded)], [.. ids.Select(list => tekken.Decode(list))]);
        differences.AssertNone();
    }
}
