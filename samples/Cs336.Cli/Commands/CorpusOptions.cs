using System.CommandLine;
using Cs336.Data;

namespace Cs336.Cli;

/// <summary>How the commands are told what is in the files of a corpus.</summary>
internal static class CorpusOptions
{
    /// <summary>What files of a corpus can be, for the help of options.</summary>
    public const string Kinds = "text, .jsonl or .parquet, text and .jsonl also as .gz or .zst";

    private static readonly Option<string?> Field = Options.Optional<string?>("--field",
        "Field of JSON lines, or column of Parquet, that holds the documents [default: text]", "NAME");
    private static readonly Option<string?> EndToken = Options.Optional<string?>("--end-token",
        "Special token that ends each document [default: <|endoftext|>]", "TOKEN");
    private static readonly Option<double?> ValidationFraction = Options.Optional<double?>("--validation-fraction",
        "How much is kept apart to validate on; a hash of each document tells which [default: 0]", "F");
    private static readonly Option<string> Part = Options.Choice("--part",
        "Which documents, by that hash [default: all]", "all", "training", "validation");
    private static readonly Option<bool> Deduplicate = new("--deduplicate")
    {
        Description = "Leave documents out that were read before, byte for byte; needs up to 43 bytes of memory for each",
    };

    private static readonly Option<string?> MaxDocumentBytes = Options.Optional<string?>("--max-document-bytes",
        "How long a line of JSON or a document of text may be [default: 256MiB]", "SIZE");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } = [Field, EndToken, ValidationFraction, Part, Deduplicate, MaxDocumentBytes];

    /// <summary>What reads the files; null where they are plain text, of which all is wanted.</summary>
    public static DocumentReader? CreateReader(ParseResult parsed, IEnumerable<string> paths)
    {
        bool isAsked = All.Any(option => parsed.GetResult(option) is { Implicit: false });
        if (!isAsked && !paths.Any(DocumentReader.IsDocuments)) return null;
        parsed.Refuse("Documents are read, which are UTF-8", TextFiles.Encoding);
        DocumentReaderOptions defaults = new();
        return new DocumentReader(new DocumentReaderOptions
        {
            Field = parsed.GetValue(Field) ?? defaults.Field,
            EndToken = parsed.GetValue(EndToken) ?? defaults.EndToken,
            ValidationFraction = parsed.GetValue(ValidationFraction) ?? defaults.ValidationFraction,
            Part = parsed.GetValue(Part) switch
            {
                "training" => DocumentPart.Training,
                "validation" => DocumentPart.Validation,
                _ => DocumentPart.All,
            },
            Deduplicate = parsed.GetValue(Deduplicate),
            MaxDocumentBytes = parsed.GetValue(MaxDocumentBytes) is string size
                ? (int)Math.Min(int.MaxValue, Units.ParseBytes(MaxDocumentBytes.Name, size)) : defaults.MaxDocumentBytes,
        });
    }

    /// <summary>Tells what was left out.</summary>
    public static void Tell(DocumentReader? reader, Terminal terminal)
    {
        if (reader is { Duplicates: > 0 })
            terminal.Note($"{Units.Count(reader.Duplicates)} documents were left out, as they had been read before.");
    }
}
