using System.IO.Compression;
using System.Text.Json.Nodes;
using Parquet;
using Parquet.Schema;
using ZstdSharp;

namespace Cs336.Data.Tests;

/// <summary>Writes documents in every format that is read.</summary>
internal static class CorpusWriter
{
    public static readonly string[] Names =
        ["docs.jsonl", "docs.ndjson", "docs.jsonl.gz", "docs.jsonl.zst", "docs.parquet", "docs.txt", "docs.txt.gz", "docs.txt.zst"];

    public static string Write(TemporaryFolder folder, string name, IReadOnlyList<string> documents, string field = "text")
    {
        string path = folder.File(name);
        if (name.EndsWith(".parquet", StringComparison.Ordinal))
        {
            WriteParquet(path, documents, field, isNullable: true, rows: 5, CompressionMethod.Snappy);
            return path;
        }
        using Stream stream = Pack(File.Create(path), name);
        using StreamWriter writer = new(stream);
        for (int i = 0; i < documents.Count; i++)
            writer.Write(
                name.StartsWith("docs.txt", StringComparison.Ordinal) ? documents[i] + "<|endoftext|>" : Line(i, field, documents[i]));
        return path;
    }

    public static void WriteParquet(
        string path, IReadOnlyList<string> documents, string field, bool isNullable, int rows, CompressionMethod method)
    {
        Write().GetAwaiter().GetResult();

        async Task Write()
        {
            DataField id = new DataField<int>("id"), text = new(field, typeof(string), isNullable);
            await using FileStream file = File.Create(path);
            await using ParquetWriter writer = await ParquetWriter.CreateAsync(
                new ParquetSchema(id, text), file, new ParquetOptions { CompressionMethod = method });
            foreach (string[] chunk in documents.Chunk(rows))
            {
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync(id, new ReadOnlyMemory<int>([.. Enumerable.Range(0, chunk.Length)]));
                await group.WriteAsync(text, chunk);
            }
        }
    }

    private static string Line(int id, string field, string document) =>
        new JsonObject { ["id"] = id, [field] = document, ["meta"] = new JsonObject { ["text"] = "not this" } }.ToJsonString() + "\n";

    private static Stream Pack(FileStream file, string name) => Path.GetExtension(name) switch
    {
        ".gz" => new GZipStream(file, CompressionLevel.Fastest),
        ".zst" => new CompressionStream(file, level: 3, leaveOpen: false),
        _ => file,
    };
}
