using System.CommandLine;
using System.Globalization;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>
/// How the commands name tokenizers: a folder, or a file of any format that <see cref="BpeModel.Load"/> reads. The one place where a
/// path becomes a tokenizer.
/// </summary>
internal static class TokenizerFiles
{
    /// <summary>What may be named, for the help of options.</summary>
    public const string Kinds = "a folder, tokenizer.json, tekken.json, tokenizer.model, a .tiktoken file or tiktoken's JSON";

    /// <summary>Why an encoding is refused where no tokenizer is named beside it.</summary>
    public const string WithoutTokenizer = "It is of the rank file that --tokenizer names, and none is named";

    private const string TiktokenExtension = ".tiktoken";

    /// <summary>What cuts text before merging, instead of what the tokenizer's file says.</summary>
    public static Option<string?> Pattern { get; } = Options.Optional<string?>("--pattern",
        $"What cuts text, instead of what the file says: {string.Join(", ", PreTokenizers.Names)}, or a pattern", "NAME|REGEX");

    /// <summary>What a rank file does not say.</summary>
    public static Option<string?> Encoding { get; } = CreateEncoding();

    /// <summary>Special tokens, instead of those that the file names.</summary>
    public static Option<string[]> Special { get; } = Options.Many("--special",
        "Special tokens [default: those of the file]; TOKEN=ID for a rank file", "TOKEN");

    /// <summary>Whether a path is that of a rank file.</summary>
    public static bool IsTiktoken(string path) => path.EndsWith(TiktokenExtension, StringComparison.OrdinalIgnoreCase);

    /// <summary>Loads the tokenizer of a path, which may be a GGUF file, by <see cref="Encoding"/> alone.</summary>
    public static BpeModel LoadNamed(ParseResult parsed, string path)
    {
        TiktokenEncoding? encoding = EncodingOf(parsed);
        if (!File.Exists(path) || ModelInspection.FormatOf(path) != ModelFormat.Gguf) return BpeModel.Load(path, encoding: encoding);
        if (encoding is not null) throw new UsageException($"--encoding is for rank files, but {path} is a GGUF file.");
        return GgufTokenizer.Load(path);
    }

    /// <summary>Loads the tokenizer of a path by the options that commands share.</summary>
    public static BpeModel Load(ParseResult parsed, string path)
    {
        IPreTokenizer? pattern = ReadPattern(parsed.GetValue(Pattern));
        string[] special = parsed.Values(Special);
        TiktokenEncoding? encoding = EncodingOf(parsed);
        if (!File.Exists(path) && IsTiktoken(path) && !Directory.Exists(path))
            throw new FileNotFoundException($"There is no {path}: name {Kinds}.", path);
        if (TokenizerInspection.FormatOf(path) != TokenizerFormat.Tiktoken)
        {
            if (encoding is not null)
                throw new UsageException($"--encoding is for rank files, but {path} is none: it says itself how text is cut.");
            return BpeModel.Load(path, special.Length > 0 ? special : null, pattern);
        }
        if (encoding is not null && special.Length > 0)
            throw new UsageException($"--encoding {encoding.Name} has special tokens of its own, so that --special would not be used: "
                + "leave one of them out.");
        Dictionary<string, int>? named = special.Length > 0 ? special.Select(ParseSpecial).ToDictionary() : null;
        return TiktokenFile.Load(path, named ?? encoding?.SpecialTokens, pattern ?? encoding?.PreTokenizer);
    }

    /// <summary>The pre-tokenizer that an option names; null where it names none.</summary>
    /// <exception cref="UsageException">It is neither a name nor a pattern.</exception>
    public static IPreTokenizer? ReadPattern(string? text)
    {
        if (text is null) return null;
        if (PreTokenizers.Names.Contains(text, StringComparer.OrdinalIgnoreCase)) return PreTokenizers.Get(text);
        // A name that is misspelled is a pattern as well, which matches just that word.
        if (text.Length == 0 || text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
            throw new UsageException($"--pattern is '{text}', but must be one of {string.Join(", ", PreTokenizers.Names)}, or a regular "
                + "expression.");
        try
        {
            return new PatternPreTokenizer(text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--pattern cannot be followed: {exception.Message}");
        }
    }

    /// <summary>The part of a corpus that an option names; all of it where it names none.</summary>
    /// <exception cref="UsageException">There is no such part.</exception>
    public static CorpusShard ReadShard(string? text)
    {
        try
        {
            return text is null ? CorpusShard.Whole : CorpusShard.Parse(text);
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--shard: {exception.Message}");
        }
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

    private static TiktokenEncoding? EncodingOf(ParseResult parsed) =>
        parsed.GetValue(Encoding) is string name ? TiktokenEncoding.Get(name) : null;

    private static KeyValuePair<string, int> ParseSpecial(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals > 0 && int.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            return new(text[..equals], id);
        throw new UsageException($"--special is '{text}', but a rank file needs the token's id too, such as \"<|endoftext|>=50256\".");
    }

    private static Option<string?> CreateEncoding()
    {
        Option<string?> option = Options.Optional<string?>("--encoding",
            "What a rank file does not say, its pattern and special tokens [default: those of a published file]: "
            + string.Join(", ", TiktokenEncoding.Names), "NAME");
        option.AcceptOnlyFromAmong([.. TiktokenEncoding.Names]);
        return option;
    }
}
