using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Cs336.Tokenizers;

/// <summary>The records of a file of counts, whose last one is given out only if the file's checksum and sums are right.</summary>
internal sealed class CountRecordSource : ICountSource
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly CountFileLayout _layout;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly CountRecordReader _records;

    public CountRecordSource(SafeFileHandle file, string path, CountFileLayout layout)
    {
        (_file, _path, _layout) = (file, path, layout);
        byte[] head = new byte[layout.RecordStart];
        if (FileOperations.ReadAt(file, head, 0) < head.Length) throw new InvalidDataException($"{path} has become shorter.");
        _hash.AppendData(head);
        _records = new CountRecordReader(file, path, layout.RecordStart, layout.RecordEnd, _hash);
    }

    public ReadOnlySpan<byte> PreToken => _records.PreToken;

    public ulong Prefix => _records.Prefix;

    public long Count => _records.Count;

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public bool MoveNext()
    {
        if (_records.MoveNext()) return true;
        Check();
        return false;
    }

    private void Check()
    {
        byte[] tail = new byte[CountFileLayout.NumberBytes + CountFileLayout.HashBytes];
        int read = FileOperations.ReadAt(_file, tail, _layout.RecordEnd);
        _hash.AppendData(tail, 0, CountFileLayout.NumberBytes);
        bool isWhole = read == tail.Length && _hash.GetHashAndReset().AsSpan().SequenceEqual(tail.AsSpan(CountFileLayout.NumberBytes));
        _hash.Dispose();
        if (!isWhole)
            throw new InvalidDataException($"{_path} is damaged: its checksum is not that of its content. Count anew, or copy it again.");
        if (_records.Distinct != _layout.Distinct || _records.TextBytes != _layout.TextBytes)
            throw new InvalidDataException(
                $"{_path} says that it has {_layout.Distinct:N0} pre-tokens of {_layout.TextBytes:N0} bytes of text, but has " +
                $"{_records.Distinct:N0} of {_records.TextBytes:N0}: count anew.");
    }
}
