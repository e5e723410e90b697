using SharpToken;

namespace Cs336.Benchmarks.TokenizerPeers;

internal sealed class SharpTokenPeer(Documents documents) : IPeer
{
    private readonly string[] _documents = documents.ToStrings();
    private readonly GptEncoding _encoding = GptEncoding.GetEncoding("r50k_base");

    public int Encode(int document) => _encoding.Encode(_documents[document]).Count;

    public IReadOnlyList<int> EncodeToIds(int document) => _encoding.Encode(_documents[document]);
}
