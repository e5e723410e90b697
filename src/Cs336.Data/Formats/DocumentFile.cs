using Cs336.Tokenizers;

namespace Cs336.Data;

/// <summary>The documents of one file, whatever it is; its name tells.</summary>
internal static class DocumentFile
{
    /// <summary>What a file is by its name; one of no known ending is text.</summary>
    public static (DocumentKind Kind, DocumentPacking Packing) KindOf(string path)
    {
        DocumentPacking packing = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".gz" => DocumentPacking.Gzip,
            ".zst" or ".zstd" => DocumentPacking.Zstd,
            _ => DocumentPacking.None,
        };
        string inner = packing == DocumentPacking.None ? path : Path.GetFileNameWithoutExtension(path);
        DocumentKind kind = Path.GetExtension(inner).ToLowerInvariant() switch
        {
            ".jsonl" or ".ndjson" => DocumentKind.JsonLines,
            ".parquet" => DocumentKind.Parquet,
            _ => DocumentKind.Text,
        };
        return (kind, packing);
    }

    /// <summary>The documents; each is valid until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or a document is not as it must be.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(string path, string field, byte[] endToken, int maxLength)
    {
        (DocumentKind kind, DocumentPacking packing) = KindOf(path);
        if (kind == DocumentKind.Parquet && packing != DocumentPacking.None)
            throw new InvalidDataException($"{path} is Parquet that was packed once more: unpack it, as Parquet packs its columns itself.");
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete); // in no writer's way
        if (kind == DocumentKind.Parquet)
        {
            foreach (ReadOnlyMemory<byte> document in ParquetDocuments.Read(file, path, field)) yield return document;
            yield break;
        }
        using Stream text = UnpackedStream.Open(file, path, packing);
        foreach (ReadOnlyMemory<byte> document in kind == DocumentKind.JsonLines
            ? JsonLineDocuments.Read(text, path, field, maxLength) : TextDocuments.Read(text, path, endToken, maxLength))
            yield return document;
    }
}
