using Cs336.Inference;
using Cs336.Runs;
using Cs336.Tokenizers;
using Cs336.Vocabularies;

namespace Cs336.Serving;

/// <summary>The two files of a model.</summary>
internal sealed record ModelFiles(string Config, string Weights)
{
    /// <summary>The files that options name, whether they are there or not.</summary>
    /// <exception cref="FileNotFoundException">A run's folder has no checkpoint with weights.</exception>
    public static ModelFiles Of(HostedCpuModelOptions options)
    {
        string weights = options.WeightsFile ?? Path.Combine(
            options.CheckpointDirectory ?? FindCheckpoint(options.RunDirectory!), RunFiles.Weights);
        return new ModelFiles(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(weights))!, RunFiles.Config), weights);
    }

    /// <summary>What shows before the weights are loaded: files that are missing, and a vocabulary that is not the tokenizer's.</summary>
    public static IReadOnlyList<string> FindProblems(HostedCpuModelOptions options, ITokenizer? tokenizer)
    {
        try
        {
            ModelFiles files = Of(options);
            string[] missing = [.. new[] { files.Config, files.Weights }.Where(file => !File.Exists(file))];
            if (missing.Length > 0) return [$"There is no model: {string.Join(" and ", missing)} cannot be found."];
            int vocabSize = TransformerConfig.Load(files.Config).VocabSize;
            return tokenizer is null || VocabularyFit.Fits(tokenizer.VocabSize, vocabSize) ? []
                : [
                    $"The tokenizer has {tokenizer.VocabSize} tokens, but the model of {files.Config} has vocab_size {vocabSize}: "
                    + "use the tokenizer that the model was trained with.",
                ];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return [exception.Message];
        }
    }

    private static string FindCheckpoint(string run) => RunFiles.FindNewestModel(run) ?? throw new FileNotFoundException(
        $"{run} has no checkpoint with weights: expected {RunFiles.Weights} in a folder of {RunFiles.Checkpoints}/.");
}
