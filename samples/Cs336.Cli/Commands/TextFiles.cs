using System.CommandLine;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>How the commands are told in which encoding texts are.</summary>
internal static class TextFiles
{
    /// <summary>How texts are encoded.</summary>
    public static Option<string> Encoding { get; } = CreateEncoding();

    public static TextEncoding EncodingOf(ParseResult parsed) => parsed.GetValue(Encoding) switch
    {
        "utf-8" => TextEncoding.Utf8,
        "utf-16" => TextEncoding.Utf16,
        _ => TextEncoding.Auto,
    };

    /// <summary>
    /// Tells of texts that are converted. Refuses one that is in another encoding than is named, before any work is done.
    /// </summary>
    public static void TellEncoding(ParseResult parsed, Terminal terminal, IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            // A pipe has no length, and what is read of it is gone.
            if (new FileInfo(path) is not { Exists: true, Length: > 0 }) continue;
            using Utf8TextStream text = Utf8TextStream.OpenRead(path, EncodingOf(parsed));
            if (text.Note is string note) terminal.Note(note);
        }
    }

    private static Option<string> CreateEncoding()
    {
        Option<string> option = Options.WithDefault("--text-encoding", "auto",
            "How texts are encoded: auto (UTF-8 unless a byte order mark says UTF-16 or UTF-32), utf-8 or utf-16", "NAME");
        option.AcceptOnlyFromAmong("auto", "utf-8", "utf-16");
        return option;
    }
}
