using System.Buffers;
using Cs336.Tokenizers;

namespace Cs336.Inference.Tests;

/// <summary>Each byte is a token of its own; <c>&lt;|endoftext|&gt;</c> is 256, and <c>&lt;|253|&gt;</c> stands for the byte 253.</summary>
internal sealed class ByteTokenizer : ITokenizer
{
    private static readonly byte[][] Tokens = [
        .. Enumerable.Range(0, 256).Select(value => new[] { (byte)value }), "<|endoftext|>"u8.ToArray()];

    public int VocabSize => Tokens.Length;

    public IReadOnlyDictionary<string, int> SpecialTokens { get; } = 
        new Dictionary<string, int> { ["<|endoftext|>"] = 256, ["<|253|>"] = 253 };

    public void Encode(ReadOnlySpan<byte> utf8Text, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
    {
        if (specialTokens == SpecialTokenHandling.Allow && utf8Text.SequenceEqual("<|253|>"u8)) ids.Write([253]);
        else foreach (byte value in utf8Text) ids.Write([(int)value]);
    }

    public ReadOnlySpan<byte> GetTokenBytes(int id) => Tokens[id];
}
