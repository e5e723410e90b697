using System.Text;
using System.Text.Json.Nodes;

namespace Cs336.Benchmarks;

/// <summary>
/// Text that the caller gives piece by piece: whenever more is needed, the ids so far are handed over, and the next piece is asked
/// for. So neither side ever holds the whole text.
/// </summary>
internal sealed class AskingStream(Channel channel) : Stream
{
    private ReadOnlyMemory<byte> _piece;
    private bool _ended;

    /// <summary>Ids that were not handed over yet.</summary>
    public List<int> Ids { get; } = [];

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>The ids since the last time, and whether a piece of text is expected next.</summary>
    public JsonObject HandOver(bool more)
    {
        JsonObject value = new() { ["ids"] = new JsonArray([.. Ids.Select(id => JsonValue.Create(id))]), ["more"] = more };
        Ids.Clear();
        return value;
    }

    public override int Read(Span<byte> buffer)
    {
        if (_piece.IsEmpty && !_ended)
        {
            channel.Write(HandOver(more: true));
            if (channel.Read() is not Request { Call: "more_text" } request)
                throw new InvalidOperationException("Another call came where the next piece of the text was expected.");
            _piece = Encoding.UTF8.GetBytes(request.Text("text"));
            _ended = _piece.IsEmpty;
        }
        int length = Math.Min(buffer.Length, _piece.Length);
        _piece.Span[..length].CopyTo(buffer);
        _piece = _piece[length..];
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
