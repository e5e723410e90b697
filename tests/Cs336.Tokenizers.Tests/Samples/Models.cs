using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>Models that several tests use.</summary>
internal static class Models
{
    private static readonly Lazy<BpeTokenizer> LazyGpt2 =
        new(() => BpeTokenizer.Load(Path.GetDirectoryName(SharedData.TryFind("gpt2/vocab.json"))!));

    public static BpeTokenizer Gpt2 => LazyGpt2.Value;

    /// <summary>A small model trained on a few words.</summary>
    public static BpeModel Small(params string[] specialTokens) => Train(
        "the cat sat on the mat, the cat's hat is flat; 日本語 日本 🙂🙃🙂 naïve naïf   then  ", 300, specialTokens);

    public static BpeModel Train(string text, int vocabSize, params string[] specialTokens) =>
        new BpeTrainer(new BpeTrainerOptions { VocabSize = vocabSize, SpecialTokens = specialTokens }).TrainTexts([text]);

    /// <summary>The merges of a model in the spelling of <see cref="NaiveBpeTrainer.Train"/>.</summary>
    public static List<string> SpellMerges(BpeModel model) =>
        [.. model.Merges.Select(merge =>
            $"{Convert.ToHexStringLower(model.GetTokenBytes(merge.Left))} {Convert.ToHexStringLower(model.GetTokenBytes(merge.Right))}")];
}
