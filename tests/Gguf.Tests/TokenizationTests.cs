using System.Globalization;
using System.Text;
using WorldTokenizers.Tests.Texts;

namespace Gguf.Tests;

/// <summary>Ids of llama.cpp next to ours, for every pattern that it has a name for.</summary>
public sealed class TokenizationTests
{
    private const int Lines = 1000;

    [LlamaTheory]
    [InlineData("gpt2", "gpt-2")]
    [InlineData("cl100k", "llama-bpe")]
    [InlineData("qwen2", "qwen2")]
    [InlineData("o200k", "gpt-4o")]
    [InlineData("tekken", "tekken")]
    public void Hostile_lines_have_the_same_ids(string pattern, string pre)
    {
        using TestModel model = new(TestModel.Train(PreTokenizers.Get(pattern)), TestModel.Tiny);
        using LlamaCpp llama = new(model.Export(GgufType.F32), vocabularyOnly: true);
        Assert.Equal(pre, llama.Keys["tokenizer.ggml.pre"]);
        string[] texts = [.. HostileTexts.For([.. model.Tokenizer.SpecialTokens.Keys]).Where(text => IsCutAlike(text, pattern))];
        Assert.InRange(texts.Length, Lines, int.MaxValue);
        List<string> differences = [];
        foreach (string text in Enumerable.Range(0, Lines).Select(i => texts[(int)((long)i * texts.Length / Lines)]))
        {
            foreach (bool special in (bool[])[false, true])
            {
                int[] ours = model.Tokenizer.Encode(text, special ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
                int[] theirs = llama.Encode(text, special);
                if (!ours.SequenceEqual(theirs))
                    differences.Add($"{JsonText(text)}: {string.Join(' ', ours)} here, {string.Join(' ', theirs)} there");
            }
        }
        string shortest = string.Join("\n", differences.OrderBy(text => text.Length).Take(20));
        Assert.True(differences.Count == 0, $"{differences.Count} differ: {shortest}");
    }

    /// <summary>
    /// A vocabulary with a token that merges do not lead to. By the name llama-bpe a word that is a token is this token, so that the file
    /// needs another name of the same pattern.
    /// </summary>
    [LlamaFact]
    public void A_token_that_merges_do_not_reach_stays_so()
    {
        byte[][] tokens = [.. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "ab"u8.ToArray(), "bc"u8.ToArray(),
            "abc"u8.ToArray(), "<|endoftext|>"u8.ToArray()];
        BpeMerge[] merges = [new('a', 'b', 256), new('b', 'c', 257), new('a', 257, 258)];
        BpeModel vocabulary = new(tokens, merges, [new("<|endoftext|>", 259)], PreTokenizers.Cl100k);
        using TestModel model = new(vocabulary, TestModel.Tiny);
        using LlamaCpp llama = new(model.Export(GgufType.F32), vocabularyOnly: true);

        Assert.Equal("dbrx", llama.Keys["tokenizer.ggml.pre"]);
        Assert.Equal([256, 'c'], model.Tokenizer.Encode("abc"));
        Assert.Equal([256, 'c'], llama.Encode("abc"));
        Assert.Equal([256, 'c'], llama.EncodeAsTold("abc"));
    }

    /// <summary>
    /// With <c>gpt-4o</c> and <c>tekken</c> llama.cpp does not take the models' own patterns: its regular expressions know neither marks as
    /// parts of words nor the case of letters outside ASCII. And case is folded in ASCII alone, so that the long s begins no contraction.
    /// </summary>
    private static bool IsCutAlike(string text, string pattern)
    {
        if (pattern != "gpt2" && text.Contains("'\u017F", StringComparison.Ordinal)) return false;
        return pattern is not ("o200k" or "tekken") || text.EnumerateRunes().All(rune => rune.IsAscii || Rune.GetUnicodeCategory(rune)
            is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
                or UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter));
    }

    private static string JsonText(string text) => System.Text.Json.JsonSerializer.Serialize(text);
}
