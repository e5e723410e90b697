using Cs336.Tokenizers;

namespace Cs336.Serving;

/// <summary>Which tokenizer the app uses.</summary>
public sealed class TokenizerOptions
{
    /// <summary>
    /// A folder with a trained vocabulary, as <c>BpeModel.Save</c> writes it, or a file as <c>BpeModel.Load</c> takes it. It is read when
    /// the tokenizer is first asked for; where a model is registered too and the folder exists, that is when the host starts.
    /// </summary>
    public string Directory { get; set; } = "";

    /// <summary>
    /// The encoding of a rank file, one of <see cref="TiktokenEncoding.Names"/>. Default null: the file is recognised, or no rank file.
    /// </summary>
    public string? Encoding { get; set; }

    /// <summary>Loads the tokenizer.</summary>
    internal BpeTokenizer Load() => BpeTokenizer.Load(Directory, encoding: Encoding is null ? null : TiktokenEncoding.Get(Encoding));

    internal IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (string.IsNullOrWhiteSpace(Directory))
            problems.Add("TokenizerOptions.Directory is empty: give the folder of a trained vocabulary.");
        if (Encoding is not null && !TiktokenEncoding.Names.Contains(Encoding, StringComparer.OrdinalIgnoreCase))
            problems.Add($"TokenizerOptions.Encoding is '{Encoding}', but must be one of {string.Join(", ", TiktokenEncoding.Names)}.");
        return problems;
    }
}
