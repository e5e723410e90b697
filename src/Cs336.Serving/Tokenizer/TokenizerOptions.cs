namespace Cs336.Serving;

/// <summary>Which tokenizer the app uses.</summary>
public sealed class TokenizerOptions
{
    /// <summary>
    /// A folder with a trained vocabulary, as <c>BpeModel.Save</c> writes it. It is read when the tokenizer is first asked for; where
    /// a model is registered too and the folder exists, that is when the host starts.
    /// </summary>
    public string Directory { get; set; } = "";

    internal IReadOnlyList<string> FindProblems() =>
        string.IsNullOrWhiteSpace(Directory) ? ["TokenizerOptions.Directory is empty: give the folder of a trained vocabulary."] : [];
}
