using Cs336.Parts;
using Cs336.Tokenizers;
using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>
/// Checks a run's description when the host starts. Files are looked at when the trainer is made, since they may be prepared until
/// then.
/// </summary>
internal static class RunConfigCheck
{
    public static IReadOnlyList<string> FindProblems(IServiceProvider services, string? name, RunConfig options)
    {
        // A missing vocab_size is no problem yet: the app may have a tokenizer or a model of its own. Making the model checks it.
        List<string> problems = [.. options.FindProblems(hasTokenizer: true)];
        if (string.IsNullOrWhiteSpace(options.Directory))
            problems.Add("The run has no directory: give a folder for checkpoints and metrics.");
        try
        {
            int vocabSize = options.Model.VocabSize;
            if (vocabSize != 0 && services.GetPartIfReady<ITokenizer>(name) is ITokenizer tokenizer
                && tokenizer.VocabSize != vocabSize)
                problems.Add(TransformerChecks.Describe(tokenizer.VocabSize, vocabSize));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            problems.Add(exception.Message);
        }
        return problems;
    }
}
