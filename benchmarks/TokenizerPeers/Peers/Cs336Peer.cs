using System.Buffers;
using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

internal sealed class Cs336Peer(Documents documents, string modelFolder) : IPeer
{
    private readonly BpeTokenizer _tokenizer = BpeTokenizer.Load(modelFolder);
    private readonly ArrayBufferWriter<int> _ids = new();

    public int Encode(int document)
    {
        _ids.ResetWrittenCount();
        _tokenizer.Encode(documents.Utf8[document], _ids);
        return _ids.WrittenCount;
    }

    public IReadOnlyList<int> EncodeToIds(int document)
    {
        Encode(document);
        return _ids.WrittenSpan.ToArray();
    }
}
