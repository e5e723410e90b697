namespace Cs336.Tokenizers;

/// <summary>
/// A text as UTF-8 without a byte order mark, whatever it is written in: everything here that reads a text reads it through this. UTF-8
/// passes as it is, malformed bytes too; UTF-16 and UTF-32 are decoded while they are read, in constant memory, and refused where they
/// are malformed.
/// </summary>
public sealed class Utf8TextStream : Stream
{
    private const int UnitsAtOnce = 1 << 14;

    private readonly Stream _source;
    private readonly TextEncoding _encoding;
    private readonly string _name;
    private readonly bool _leaveOpen;
    private readonly byte[] _head = new byte[TextHead.Length];
    private bool _begun;
    private bool _ended;
    private TextUnits? _units;
    private byte[] _text = []; // to be decoded
    private int _textLength;
    private Memory<byte> _ready; // to be given out before anything else is read
    private byte[] _decoded = [];

    /// <summary>Reads a text from a stream, from where that stands. Nothing is read from it yet.</summary>
    /// <param name="source">The text as it is written.</param>
    /// <param name="encoding">What is known of its encoding.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="leaveOpen">Whether disposing this one leaves the source open.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such <paramref name="encoding"/>.</exception>
    public Utf8TextStream(
        Stream source, TextEncoding encoding = TextEncoding.Auto, string name = "The stream", bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrEmpty(name);
        CheckDefined(encoding);
        (_source, _encoding, _name, _leaveOpen) = (source, encoding, name, leaveOpen);
    }

    /// <summary>
    /// What the text is converted from, as a sentence for people; null for UTF-8, and while nothing has been read of a stream.
    /// </summary>
    public string? Note => _units is TextUnits units ? $"{_name} is {units.Name}: it is converted to UTF-8." : null;

    /// <summary>How many bytes of the source have been read.</summary>
    public long SourceBytesRead { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether the text is decoded, so that its bytes are not those of the source.</summary>
    internal bool IsConverted => _units is not null;

    /// <summary>The bytes of UTF-8's byte order mark, which were passed over.</summary>
    internal int SkippedBytes { get; private set; }

    /// <summary>How long the source is, for files.</summary>
    internal long SourceLength => _source.Length;

    /// <summary>Opens a file and looks at its beginning. Others may write, replace and delete it meanwhile.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not in the encoding that is named, or looks like one that is not.</exception>
    public static Utf8TextStream OpenRead(string path, TextEncoding encoding = TextEncoding.Auto)
    {
        CheckDefined(encoding);
        Utf8TextStream text = new(FileOperations.OpenRead(path), encoding, path);
        try
        {
            text.Begin();
            return text;
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (!_begun) Begin();
        if (buffer.IsEmpty) return 0;
        while (_ready.IsEmpty && !_ended)
        {
            if (_units is null) return CountRead(_source.Read(buffer));
            Decode(_source.Read(_text.AsSpan(_textLength)));
        }
        return TakeReady(buffer);
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count)
    {
        ValidateBufferArguments(buffer, offset, count);
        return Read(buffer.AsSpan(offset, count));
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_begun)
            Begin(await _source.ReadAtLeastAsync(_head, _head.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false));
        if (buffer.IsEmpty) return 0;
        while (_ready.IsEmpty && !_ended)
        {
            if (_units is null) return CountRead(await _source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false));
            Decode(await _source.ReadAsync(_text.AsMemory(_textLength), cancellationToken).ConfigureAwait(false));
        }
        return TakeReady(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        ValidateBufferArguments(buffer, offset, count);
        return ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Throws where an encoding is none.</summary>
    internal static void CheckDefined(TextEncoding encoding)
    {
        if (!Enum.IsDefined(encoding))
            throw new ArgumentOutOfRangeException(nameof(encoding), encoding, "A text encoding is Auto, Utf8 or Utf16.");
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_leaveOpen) _source.Dispose();
        base.Dispose(disposing);
    }

    private void Begin() => Begin(_source.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false));

    private void Begin(int length)
    {
        _begun = true;
        CountRead(length);
        TextHead head = TextHead.Read(_head.AsSpan(0, length), _encoding, _name);
        _units = head.Units;
        Memory<byte> rest = _head.AsMemory(head.MarkLength, length - head.MarkLength);
        if (_units is not TextUnits units)
        {
            SkippedBytes = head.MarkLength;
            _ready = rest;
            return;
        }
        _text = new byte[UnitsAtOnce * units.Bytes];
        _decoded = new byte[UnitsAtOnce * TextUnits.MaxUtf8BytesPerUnit];
        rest.CopyTo(_text);
        _textLength = rest.Length;
    }

    private int CountRead(int length)
    {
        SourceBytesRead += length;
        return length;
    }

    private void Decode(int length)
    {
        CountRead(length);
        _textLength += length;
        _ended = length == 0;
        (int read, int written) = _units!.Value.Decode(
            _text.AsSpan(0, _textLength), _ended, _decoded, SourceBytesRead - _textLength, _name);
        _textLength -= read;
        _text.AsSpan(read, _textLength).CopyTo(_text);
        _ready = _decoded.AsMemory(0, written);
    }

    private int TakeReady(Span<byte> buffer)
    {
        int length = Math.Min(buffer.Length, _ready.Length);
        _ready.Span[..length].CopyTo(buffer);
        _ready = _ready[length..];
        return length;
    }
}
