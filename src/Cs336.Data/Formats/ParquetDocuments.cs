using System.Text.Unicode;
using Parquet;
using Parquet.Schema;

namespace Cs336.Data;

/// <summary>Documents of a Parquet file: the values of one column of texts. The column of a row group is in memory at a time.</summary>
internal static class ParquetDocuments
{
    private const int MaxRows = 1 << 27; // of a row group, whose texts are an array: those that programs write have a million

    public static IEnumerable<ReadOnlyMemory<byte>> Read(FileStream file, string path, string column)
    {
        ParquetReader reader = Try(path, () => ParquetReader.CreateAsync(file, leaveStreamOpen: true));
        DataField field = BytesOf(Find(reader.Schema, path, column));
        long row = 0;
        for (int group = 0; group < reader.RowGroupCount; group++)
        {
            foreach (byte[]? text in ReadColumn(reader, group, field, path))
            {
                row++;
                if (text is null || !Utf8.IsValid(text))
                    throw new InvalidDataException($"{path}, row {row}, has {(text is null ? "null" : "bytes that are no UTF-8")} in the "
                        + $"column {column}, but must have a text.");
                yield return text;
            }
        }
    }

    private static byte[]?[] ReadColumn(ParquetReader reader, int group, DataField field, string path) => Try(path, async () =>
    {
        using ParquetRowGroupReader rows = reader.OpenRowGroupReader(group);
        if (rows.RowCount is < 0 or > MaxRows)
            throw new InvalidDataException($"row group {group} has {rows.RowCount:N0} rows, but must have 0 to {MaxRows:N0}.");
        byte[]?[] texts = new byte[]?[rows.RowCount];
        await rows.ReadAsync(field, texts.AsMemory()!).ConfigureAwait(false);
        return texts;
    });

    /// <summary>
    /// The same column as bytes. As strings the package would put a replacement character in place of bytes that are no UTF-8, so that
    /// damage would be read as text.
    /// </summary>
    private static DataField BytesOf(DataField text)
    {
        DataField bytes = new(text.Name, typeof(byte[]), text.IsNullable);
        return new ParquetSchema(bytes).DataFields[0]; // a field knows its levels as part of a schema
    }

    private static DataField Find(ParquetSchema schema, string path, string column)
    {
        Field field = schema.Fields.FirstOrDefault(field => field.Name == column) ?? throw new InvalidDataException(
            $"{path} has the columns {string.Join(", ", schema.Fields.Select(other => other.Name))}, but no {column}: "
            + "name the one that holds the text.");
        if (field is DataField { IsArray: false, MaxRepetitionLevel: 0 } data
            && (data.ClrType == typeof(string) || data.ClrType == typeof(ReadOnlyMemory<char>)))
            return data;
        string kind = field is DataField { IsArray: false } other ? other.ClrType.Name : "nested values";
        throw new InvalidDataException($"{path} has in the column {column} {kind}, but must have texts: one string a row.");
    }

    /// <summary>What is wrong with a file shows in exceptions of every kind.</summary>
    private static T Try<T>(string path, Func<Task<T>> read)
    {
        try
        {
            return read().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new InvalidDataException($"{path} cannot be read as Parquet, it is damaged or of another kind: {e.Message}", e);
        }
    }
}
