using Xunit.Abstractions;

namespace WorldTokenizers.Tests;

/// <summary>A tokenizer that is trained here, or in its place the <c>tokenizer.json</c> that <c>CS336_WORLD_FILE</c> names.</summary>
public class OwnFileTests(ITestOutputHelper output)
{
    private static readonly string[] SpecialTokens = ["<|endoftext|>", "<|end|>", "<|", "<｜end▁of▁text｜>"];

    [NpmFact]
    public void A_file_of_ours_has_the_same_ids_and_texts_in_their_library()
    {
        if (Environment.GetEnvironmentVariable("CS336_WORLD_FILE") is { Length: > 0 } named)
        {
            WorldComparison.Run(named, Path.GetFullPath(named), isTwin: false, output);
            return;
        }
        using TemporaryFolder folder = new();
        BpeTrainer trainer = new(new BpeTrainerOptions { VocabSize = 3000, SpecialTokens = SpecialTokens });
        trainer.TrainTexts(MixedText.Documents(HostileTexts.For(SpecialTokens))).Save(folder.Path);
        WorldComparison.Run("ours", folder.File("tokenizer.json"), isTwin: false, output);
    }
}
