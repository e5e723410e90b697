using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cs336.Tokenizers;

/// <summary>Writes files of counts: see <see cref="CountFileLayout"/>.</summary>
internal static class CountFileWriter
{
    /// <summary>Writes pre-tokens with their counts; the file appears when it is whole.</summary>
    /// <param name="path">The file to write; one that is there is replaced.</param>
    /// <param name="header">What they are.</param>
    /// <param name="counts">The pre-tokens, in order.</param>
    /// <param name="check">Is called before each pre-token, and throws where the writing is to end.</param>
    public static void Write(string path, CountFileHeader header, CountMerge counts, Action check)
    {
        using AtomicFile file = new(path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        CountRecordWriter records = new(file.Stream, hash);
        byte[] json = header.ToJson();
        Span<byte> numbers = stackalloc byte[2 * sizeof(long)];
        records.Write(CountFileLayout.Magic);
        BinaryPrimitives.WriteInt32LittleEndian(numbers, CountFileLayout.Version);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[sizeof(int)..], json.Length);
        records.Write(numbers[..(2 * sizeof(int))]);
        records.Write(json);
        Visitor visitor = new(records, check);
        counts.Visit(ref visitor);
        BinaryPrimitives.WriteInt64LittleEndian(numbers, records.Distinct);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[sizeof(long)..], records.TextBytes);
        records.Write(numbers);
        records.Flush();
        file.Stream.Write(hash.GetHashAndReset());
        file.Commit();
    }

    private readonly struct Visitor(CountRecordWriter records, Action check) : IPreTokenVisitor
    {
        public void Visit(ReadOnlySpan<byte> preToken, long count)
        {
            check();
            records.Add(preToken, count);
        }
    }
}
