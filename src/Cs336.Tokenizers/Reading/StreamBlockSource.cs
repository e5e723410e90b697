namespace Cs336.Tokenizers;

/// <summary>Reads streams one after the other, each a text of its own, and cuts them where no pre-token or special token is cut.</summary>
/// <param name="streams">Each from where it stands to its end.</param>
/// <param name="findSafeCut">Finds the last place to cut, or 0.</param>
/// <param name="leaveOpen">Whether the streams are the caller's to dispose.</param>
/// <param name="blockLength">How long a block is, unless no place to cut makes it longer.</param>
/// <param name="encoding">How the texts are encoded.</param>
internal sealed class StreamBlockSource(
    IEnumerable<TextStream> streams, Func<ReadOnlySpan<byte>, int> findSafeCut, bool leaveOpen,
    int blockLength = TextBlock.UsualLength, TextEncoding encoding = TextEncoding.Auto)
    : TextBlockSource
{
    private readonly Queue<TextStream> _waiting = new(streams);
    private string _name = "";
    private long _offset;
    private Stream? _stream;
    private Utf8BlockReader? _reader;

    public override bool IsAtEnd => _reader is null && _waiting.Count == 0;

    public override bool TryRead(TextBlock block)
    {
        while (!IsAtEnd)
        {
            _reader ??= OpenNext();
            block.Read(_reader, _name);
            block.Offset += _offset;
            if (_reader.IsAtEnd) Close();
            if (block.Length > 0) return true;
        }
        return false;
    }

    public override void Dispose() => Close();

    private Utf8BlockReader OpenNext()
    {
        (_name, Func<Stream> open, _offset, bool isUtf8) = _waiting.Dequeue();
        _stream = isUtf8 ? open() : new Utf8TextStream(open(), encoding, _name, leaveOpen);
        return new Utf8BlockReader(_stream, findSafeCut, blockLength, TextBlock.Padding);
    }

    private void Close()
    {
        _stream?.Dispose();
        (_stream, _reader) = (null, null);
    }
}
