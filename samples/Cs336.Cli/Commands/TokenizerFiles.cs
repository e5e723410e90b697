using System.CommandLine;
using System.Globalization;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>How the commands name vocabularies: a folder, a <c>tokenizer.json</c>, or a tiktoken rank file.</summary>
internal static class TokenizerFiles
{
    private const string TiktokenExtension = ".tiktoken";

    /// <summary>Which pattern cuts text before merging.</summary>
    public static Option<string> Pattern { get; } = CreatePattern();

    /// <summary>Whether a path is that of a rank file.</summary>
    public static bool IsTiktoken(string path) => path.EndsWith(TiktokenExtension, StringComparison.OrdinalIgnoreCase);

    public static IPreTokenizer PatternOf(ParseResult parsed) =>
        parsed.GetValue(Pattern) == "cl100k" ? PreTokenizers.Cl100k : Gpt2PreTokenizer.Instance;

    /// <summary>Loads a vocabulary.</summary>
    /// <param name="path">A folder, a file in one, or a rank file.</param>
    /// <param name="special">Special tokens; <c>TEXT=ID</c> for a rank file, which does not hold them.</param>
    /// <param name="pattern">What cuts text.</param>
    public static BpeModel Load(string path, IReadOnlyList<string>? special = null, IPreTokenizer? pattern = null)
    {
        if (IsTiktoken(path)) return TiktokenFile.Load(path, special?.Select(ParseSpecial).ToDictionary(), pattern);
        string folder = File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        return BpeModel.Load(folder, special is { Count: > 0 } ? special : null, pattern);
    }

    /// <summary>A token's text in quotes, its control characters spelled out.</summary>
    public static string Show(string text) =>
        $"'{string.Concat(text.Select(Escape))}'";

    private static string Escape(char letter) => letter switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        _ when char.IsControl(letter) => $"\\u{(int)letter:x4}",
        _ => letter.ToString(),
    };

    private static KeyValuePair<string, int> ParseSpecial(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals > 0 && int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return new(text[..equals], id);
        throw new UsageException($"--special is '{text}', but a rank file needs the token's id too, such as \"<|endoftext|>=50256\".");
    }

    private static Option<string> CreatePattern()
    {
        Option<string> option = Options.WithDefault("--pattern", "gpt2", "What cuts text before merging: gpt2 or cl100k", "NAME");
        option.AcceptOnlyFromAmong("gpt2", "cl100k");
        return option;
    }
}
