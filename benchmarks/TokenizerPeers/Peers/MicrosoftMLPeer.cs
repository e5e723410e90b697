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

    /// <summary>Loads the folder's rank file, with the pattern and the special tokens that our own reading of the folder gives.</summary>
    private static TiktokenTokenizer Load(string modelFolder)
    {
        BpeModel model = BpeModel.Load(modelFolder);
        Dictionary<string, int> special = new(model.SpecialTokens);
        Regex pattern = new(model.PreTokenizer.Pattern, RegexOptions.Compiled);
        return TiktokenTokenizer.Create(
            Path.Combine(modelFolder, Vocabularies.RanksName), new RegexPreTokenizer(pattern, special), null, special);
    }
}
