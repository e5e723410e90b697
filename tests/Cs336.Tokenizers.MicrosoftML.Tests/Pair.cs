using System.Text.RegularExpressions;
using Cs336.Testing;
using Microsoft.ML.Tokenizers;

namespace Cs336.Tokenizers.MicrosoftML.Tests;

/// <summary>The same vocabulary in both libraries: each is the other's oracle.</summary>
internal sealed record Pair(BpeTokenizer Ours, TiktokenTokenizer Theirs)
{
    public static readonly string[] Texts =
    [
        "", "a", "the cat's hat", "a🙂🙃b 日本語 ꙮ naïve <|endoftext|>x", "🙂\u0301龘", "<|endoftext|><|endoftext|> the<|pad|>",
        "  \r\n\t tabs  and\nlines ", "日本語日本語", "é", "'s 't 'LL 12345 ½",
    ];

    public static Pair Instance { get; } = Make();

    private static Pair Make()
    {
        using TemporaryFolder folder = new();
        string[] special = ["<|endoftext|>", "<|pad|>"];
        BpeTokenizer ours = new(new BpeTrainer(new BpeTrainerOptions { VocabSize = 340, SpecialTokens = special })
            .TrainTexts(["the cat sat on the mat, the cat's hat is flat; 日本語 日本 naïve naïf 🙂🙂🙃 12345 <|end <|endoftext"]));
        string path = folder.File("ranks.tiktoken");
        TiktokenFile.Save(ours.Model, path);
        Regex pattern = new(Gpt2PreTokenizer.Instance.Pattern);
        return new Pair(ours, TiktokenTokenizer.Create(path, new RegexPreTokenizer(pattern, ours.SpecialTokens), null, ours.SpecialTokens));
    }
}
