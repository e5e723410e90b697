using System.Security.Cryptography;
using WorldTokenizers.Tests.Tiktoken;
using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>Tiktoken's rank files against tiktoken's own code.</summary>
public class TiktokenTests(ITestOutputHelper output)
{
    [NpmTheory]
    [InlineData("r50k_base", "306cd27f03c1a714eca7108e03d66b7dc042abe8c258b44c199a7ed9838dd930")]
    [InlineData("p50k_base", "94b5ca7dff4d00767bc256fdd1b27e5b17361d7b8a5f968547f9f23eb70d2069")]
    [InlineData("cl100k_base", "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7")]
    [InlineData("o200k_base", "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d")]
    public void A_rank_file_of_the_package_is_the_one_that_was_published(string name, string sha256)
    {
        using TemporaryFolder folder = new();
        string path = folder.File($"{name}.tiktoken");
        NpmEncoding.Read(name).WriteRankFile(path);
        Assert.Equal(sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        // It is known by this hash, so it needs no name.
        BpeModel model = TiktokenFile.Load(path);
        Assert.Equal(TiktokenEncoding.Get(name).SpecialTokens, model.SpecialTokens);
        Assert.Same(TiktokenEncoding.Get(name).PreTokenizer, model.PreTokenizer);
    }

    [NpmTheory]
    [InlineData("gpt2")]
    [InlineData("r50k_base")]
    [InlineData("p50k_base")]
    [InlineData("p50k_edit")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    public void A_rank_file_gives_the_ids_and_texts_of_tiktoken(string name) => TiktokenComparison.Run(name, output.WriteLine);

    [NpmTheory]
    [InlineData("gpt2")]
    [InlineData("r50k_base")]
    [InlineData("p50k_base")]
    [InlineData("p50k_edit")]
    [InlineData("cl100k_base")]
    [InlineData("o200k_base")]
    public void The_packages_JSON_is_the_vocabulary_of_the_rank_file(string name)
    {
        using TemporaryFolder folder = new();
        NpmEncoding.Read(name).WriteRankFile(folder.File("ranks.tiktoken"));
        BpeModel ranks = TiktokenFile.Load(folder.File("ranks.tiktoken"), TiktokenEncoding.Get(name));

        BpeModel json = BpeModel.Load(NpmEncoding.PathOf(name));

        Assert.Equal(ranks.Merges, json.Merges);
        Assert.Equal(ranks.SpecialTokens, json.SpecialTokens);
        Assert.Same(ranks.PreTokenizer, json.PreTokenizer);
        Assert.Equal((ranks.VocabSize, ranks.IgnoresMerges), (json.VocabSize, json.IgnoresMerges));
        for (int id = 0; id < ranks.VocabSize; id++) Assert.True(ranks.GetTokenBytes(id).SequenceEqual(json.GetTokenBytes(id)));
    }

    [NpmTheory]
    [InlineData("@anthropic-ai/tokenizer/claude.json")]
    [InlineData("js-tiktoken/dist/ranks/cl100k_base.cjs")]
    [InlineData("js-tiktoken/dist/ranks/o200k_base.cjs")]
    [InlineData("js-tiktoken/dist/ranks/p50k_edit.cjs")]
    public void An_encoding_of_a_package_gives_the_ids_and_texts_of_tiktoken(string file)
    {
        string path = NpmStore.FileOf(file);
        TiktokenComparison.CompareTexts(file, path, BpeTokenizer.Load(path), output.WriteLine).AssertNone();
    }
}
