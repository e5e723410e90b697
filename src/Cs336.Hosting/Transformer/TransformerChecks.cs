using Cs336.Inference;
using Cs336.Parts;
using Cs336.Runs;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>
/// Checks a model's options, and that a trained model has as many tokens as its tokenizer, as far as both are known: files that do not
/// exist yet are passed over.
/// </summary>
internal static class TransformerChecks
{
    public static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, TransformerOptions options)
    {
        List<string> problems = [.. options.FindProblems()];
        try
        {
            if (FindVocabSize(options) is int modelSize && services.GetPartIfReady<ITokenizer>(name) is ITokenizer tokenizer
                && tokenizer.VocabSize != modelSize)
                problems.Add(Describe(tokenizer.VocabSize, modelSize));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            problems.Add(exception.Message);
        }
        return problems;
    }

    public static string Describe(int tokenizerSize, int modelSize) =>
        $"The tokenizer has {tokenizerSize} tokens, but the model's vocab_size is {modelSize}: "
        + "use the tokenizer that the model was trained with, or leave vocab_size out for a fresh model.";

    private static int? FindVocabSize(TransformerOptions options)
    {
        if (options.RunDirectory is string run) return FindVocabSizeOfRun(run);
        if (options.WeightsFile is null) return null;
        string config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(options.WeightsFile))!, RunFiles.Config);
        return File.Exists(config) ? TransformerConfig.Load(config).VocabSize : null;
    }

    /// <summary>
    /// All checkpoints of a run have one vocabulary: the newest whose shape can be read tells it. Whether it is whole shows when the
    /// model is made.
    /// </summary>
    private static int? FindVocabSizeOfRun(string run)
    {
        FileCheckpointStore store = new RunDirectory(run).OpenCheckpoints();
        foreach (long step in store.ListAsync().GetAwaiter().GetResult().Reverse())
        {
            try
            {
                return CheckpointReader.ReadConfig(store, step).VocabSize;
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException)
            {
                continue; // the one before may serve
            }
        }
        return null;
    }
}
