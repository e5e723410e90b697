using Cs336.Tokenizers;

namespace Cs336.Data;

/// <summary>Documents one after the other as a stream, each with the end token after it.</summary>
internal sealed class DocumentStream(IEnumerable<ReadOnlyMemory<byte>> documents, byte[] endToken) : ReadOnlyStream
{
    private readonly IEnumerator<ReadOnlyMemory<byte>> _documents = documents.GetEnumerator();
    private ReadOnlyMemory<byte> _rest; // of the document, or of the end token after it
    private bool _isWithinDocument;

    public override int Read(Span<byte> buffer)
    {
        int total = 0;
        while (total < buffer.Length)
        {
            if (_rest.IsEmpty && !TryContinue()) break;
            int length = Math.Min(buffer.Length - total, _rest.Length);
            _rest.Span[..length].CopyTo(buffer[total..]);
            _rest = _rest[length..];
            total += length;
        }
        return total;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _documents.Dispose();
        base.Dispose(disposing);
    }

    private bool TryContinue()
    {
        if (_isWithinDocument)
        {
            (_rest, _isWithinDocument) = (endToken, false);
            return true;
        }
        if (!_documents.MoveNext()) return false;
        (_rest, _isWithinDocument) = (_documents.Current, true);
        return true;
    }
}
