using System.Text.RegularExpressions;
using Cs336.Tokenizers;
using Microsoft.ML.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

internal sealed class MicrosoftMLPeer(Documents documents, string modelFolder) : IPeer
{
    private readonly string[] _documents = documents.ToStrings();
    private readonly TiktokenTokenizer _tokenizer = Load(modelFolder);

    public int Encode(int document) => _tokenizer.EncodeToIds(_documents[document]).Count;

    public IReadOnlyList<int> EncodeToIds(int document) => _tokenizer.EncodeToIds(_documents[document]);

    private static TiktokenTokenizer Load(string modelFolder)
    {
        Dictionary<string, int> special = new() { [Documents.Separator] = 50256 };
        Regex pattern = new(Gpt2PreTokenizer.Instance.Pattern, RegexOptions.Compiled);
        return TiktokenTokenizer.Create(Path.Combine(modelFolder, "gpt2.tiktoken"), new RegexPreTokenizer(pattern, special), null, special);
    }
}
