using Cs336.Tokenizers;
using Stories;
using StoryServer.Settings;

namespace StoryServer.Model;

/// <summary>Makes what the training needs: stories, a vocabulary, and the stories' tokens.</summary>
internal static class Preparation
{
    /// <summary>Makes it all, unless the last file, which is written whole or not at all, shows that it was made before.</summary>
    public static Task RunAsync(StorySettings settings, CancellationToken cancellationToken) => File.Exists(settings.Run.Tokens)
        ? Task.CompletedTask
        : Task.Run(() =>
    {
        Directory.CreateDirectory(settings.Directory);
        StoryCorpus.Write(settings.Corpus, settings.CorpusBytes, seed: 1);
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = settings.VocabSize, SpecialTokens = [StoryCorpus.Separator] })
            .Train(settings.Corpus, cancellationToken: cancellationToken);
        model.Save(settings.Run.Tokenizer);
        new BpeTokenizer(model).EncodeFile(settings.Corpus, settings.Run.Tokens, cancellationToken: cancellationToken);
    }, cancellationToken);
}
