using System.Buffers;
using System.Text;
using Cs336.Tokenizers;

namespace Serving;

/// <summary>Every id is its number as text: the benchmark gives and takes ids.</summary>
internal sealed class NumberTokenizer(int vocabSize) : ITokenizer
{
    private readonly byte[][] _tokens = [.. Enumerable.Range(0, vocabSize).Select(id => Encoding.UTF8.GetBytes($"{id} "))];

    public int VocabSize => vocabSize;

    public IReadOnlyDictionary<string, int> SpecialTokens { get; } = new Dictionary<string, int>();

    public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens) =>
        throw new NotSupportedException("Prompts are given as ids.");

    public ReadOnlySpan<byte> GetTokenBytes(int id) => _tokens[id];
}
