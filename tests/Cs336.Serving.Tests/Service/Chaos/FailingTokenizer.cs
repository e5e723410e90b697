using System.Buffers;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;

namespace Cs336.Serving.Tests;

/// <summary>A tokenizer that fails on one token.</summary>
internal sealed class FailingTokenizer : ITokenizer
{
    private readonly ByteTokenizer _inner = new();

    public int? FailingId { get; set; }

    public int VocabSize => _inner.VocabSize;

    public IReadOnlyDictionary<string, int> SpecialTokens => _inner.SpecialTokens;

    public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
    {
        foreach (byte value in utf8Text) ThrowAt(value);
        _inner.Encode(utf8Text, ids, specialTokens);
    }

    public ReadOnlySpan<byte> GetTokenBytes(int id)
    {
        ThrowAt(id);
        return _inner.GetTokenBytes(id);
    }

    private void ThrowAt(int id)
    {
        if (id == FailingId) throw new NotSupportedException("no such token");
    }
}
