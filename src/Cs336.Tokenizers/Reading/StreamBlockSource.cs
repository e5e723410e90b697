namespace Cs336.Tokenizers;

/// <summary>Reads streams one after the other, each a text of its own, and cuts them where no pre-token or special token is cut.</summary>
/// <param name="streams">The streams.</param>
/// <param name="findSafeCut">Finds the last place to cut, or 0.</param>
/// <param name="leaveOpen">Whether the streams are the caller's to dispose.</param>
/// <param name="blockLength">How long a block is, unless no place to cut makes it longer.</param>
internal sealed class StreamBlockSource(
    IEnumerable<TextStream> streams, Func<ReadOnlySpan<byte>, int> findSafeCut, bool leaveOpen,
    int blockLength = TextBlock.UsualLength)
    : TextBlockSource
{
    private readonly Queue<TextStream> _waiting = new(streams);
    private string _name = "";
    private Stream? _stream;
    private long _offset;
    private byte[] _rest = [];

    public override bool IsAtEnd => _stream is null && _waiting.Count == 0;

    public override bool TryRead(TextBlock block)
    {
        while (!IsAtEnd)
        {
            if (_stream is null) OpenNext();
            Fill(block);
            if (block.Length > 0) return true;
        }
        return false;
    }

    public override void Dispose() => Close();

    private void Close()
    {
        if (!leaveOpen) _stream?.Dispose();
        _stream = null;
    }

    private void OpenNext()
    {
        (_name, Func<Stream> open) = _waiting.Dequeue();
        _stream = open();
        _offset = 0;
        _rest = [];
    }

    private void Fill(TextBlock block)
    {
        block.Name = _name;
        block.Offset = _offset;
        block.Length = 0;
        block.Reserve(Math.Max(blockLength, _rest.Length));
        _rest.CopyTo(block.Free);
        block.Length = _rest.Length;
        int cut;
        do
        {
            block.Reserve(1);
            int wanted = block.Free.Length;
            int read = _stream!.ReadAtLeast(block.Free, wanted, throwOnEndOfStream: false);
            block.Length += read;
            if (read < wanted)
            {
                Close();
                cut = block.Length;
            }
            else
            {
                cut = findSafeCut(block.Text);
            }
        }
        while (cut == 0 && _stream is not null);
        _rest = block.Text[cut..].ToArray();
        block.Length = cut;
        _offset += cut;
    }
}
