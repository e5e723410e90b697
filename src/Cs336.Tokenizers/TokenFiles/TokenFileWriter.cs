using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cs336.Tokenizers;

/// <summary>
/// Writes token ids as a one-dimensional NumPy <c>.npy</c> array: <c>uint16</c> while the vocabulary fits, else
/// <c>uint32</c>. The file appears at <see cref="Complete"/>.
/// </summary>
public sealed class TokenFileWriter : IDisposable
{
    private const int ChunkLength = 8192;
    private const int BytesPerFlush = 1 << 22;

    private readonly AtomicFile _file;
    private readonly string _path;
    private readonly int _vocabSize;
    private readonly int _bytesPerId;
    private long _flushedLength;
    private bool _completed;

    /// <summary>Starts a token file. Its folder is made where it does not exist.</summary>
    /// <param name="path">Where the file will appear.</param>
    /// <param name="vocabSize">Ids must be less than this; up to 65,536 they take two bytes each.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabSize"/> is not positive.</exception>
    public TokenFileWriter(string path, int vocabSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabSize);
        _vocabSize = vocabSize;
        _bytesPerId = vocabSize <= 1 << 16 ? sizeof(ushort) : sizeof(uint);
        _path = path;
        _file = new AtomicFile(path);
        _file.Stream.Write(NpyHeader.Write(_bytesPerId, 0));
    }

    /// <summary>The number of ids written so far.</summary>
    public long Length { get; private set; }

    /// <summary>Appends ids.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in 0 to <c>vocabSize - 1</c>; none of these ids is written.</exception>
    /// <exception cref="InvalidOperationException">The file is complete.</exception>
    public void Write(ReadOnlySpan<int> ids)
    {
        ThrowIfCompleted();
        if (!AreBelow(ids, _vocabSize))
        {
            int wrong = ids.IndexOfAnyExceptInRange(0, _vocabSize - 1);
            throw new ArgumentOutOfRangeException(
                nameof(ids),
                $"Id {ids[wrong]} at place {Length + wrong} is not in 0 to {_vocabSize - 1}: is {_path} written with another vocabulary?");
        }
        if (_bytesPerId == sizeof(uint)) _file.Stream.Write(MemoryMarshal.AsBytes(ids));
        else WriteNarrow(ids);
        Length += ids.Length;
        if ((Length - _flushedLength) * _bytesPerId < BytesPerFlush) return;
        _flushedLength = Length;
        _file.StartFlush();
    }

    /// <summary>Fills in the header, flushes the file to the disk, and puts it in its place.</summary>
    /// <exception cref="InvalidOperationException">The file is complete already.</exception>
    public void Complete()
    {
        ThrowIfCompleted();
        _file.Stream.Position = 0;
        _file.Stream.Write(NpyHeader.Write(_bytesPerId, Length));
        _file.Commit();
        _completed = true;
    }

    /// <summary>Ends the writing. Without <see cref="Complete"/> no file is left, and an older one stays as it was.</summary>
    public void Dispose() => _file.Dispose();

    // The runtime's own search starts as code that is not optimised, and most files are written before it is compiled again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreBelow(ReadOnlySpan<int> ids, int limit)
    {
        Vector256<uint> max = default;
        int i = 0;
        for (; Vector128.IsHardwareAccelerated && i <= ids.Length - Vector256<int>.Count; i += Vector256<int>.Count)
            max = Vector256.Max(max, Vector256.Create(ids[i..]).AsUInt32());
        uint last = 0;
        for (; i < ids.Length; i++) last = Math.Max(last, (uint)ids[i]);
        return last < (uint)limit && Vector256.LessThanAll(max, Vector256.Create((uint)limit));
    }

    private void WriteNarrow(ReadOnlySpan<int> ids)
    {
        ushort[] narrow = ArrayPool<ushort>.Shared.Rent(ChunkLength);
        while (!ids.IsEmpty)
        {
            int count = Math.Min(ids.Length, ChunkLength);
            Narrow(ids[..count], narrow);
            _file.Stream.Write(MemoryMarshal.AsBytes(narrow.AsSpan(0, count)));
            ids = ids[count..];
        }
        ArrayPool<ushort>.Shared.Return(narrow);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(ReadOnlySpan<int> ids, Span<ushort> narrow)
    {
        int i = 0;
        for (; Vector128.IsHardwareAccelerated && i <= ids.Length - (2 * Vector256<int>.Count); i += 2 * Vector256<int>.Count)
        {
            Vector256<uint> low = Vector256.Create(ids[i..]).AsUInt32();
            Vector256<uint> high = Vector256.Create(ids[(i + Vector256<int>.Count)..]).AsUInt32();
            Vector256.Narrow(low, high).CopyTo(narrow[i..]);
        }
        for (; i < ids.Length; i++) narrow[i] = (ushort)ids[i];
    }

    private void ThrowIfCompleted()
    {
        if (_completed) throw new InvalidOperationException($"{_path} is complete: start a new writer to write more.");
    }
}
