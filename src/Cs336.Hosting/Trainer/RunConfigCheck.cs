using Cs336.Tokenizers;
using Cs336.Training;
using Microsoft.Extensions.Options;

namespace Cs336.Hosting;

/// <summary>Checks a run's description when the host starts. Files are looked at when the trainer is made, since they may be prepared until then.</summary>
internal sealed class RunConfigCheck(IServiceProvider services) : IValidateOptions<RunConfig>
{
    public ValidateOptionsResult Validate(string? name, RunConfig options)
    {
        string? part = string.IsNullOrEmpty(name) ? null : name;
        // Whether a shape without a vocabulary lacks one shows where the model is made: the app may have another model.
        List<string> problems = [.. options.FindProblems(hasTokenizer: true)];
        if (string.IsNullOrWhiteSpace(options.Directory)) problems.Add("The run has no directory: give a folder for checkpoints and metrics.");
        try
        {
            if (options.Model.VocabSize != 0 && VocabularyCheck.FindTokenizer(services, part) is ITokenizer tokenizer && tokenizer.VocabSize != options.Model.VocabSize)
                problems.Add(VocabularyCheck.Describe(tokenizer.VocabSize, options.Model.VocabSize));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            problems.Add(exception.Message);
        }
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
