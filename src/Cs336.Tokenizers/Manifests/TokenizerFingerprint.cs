using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>What tells the vocabulary of one tokenizer from that of another.</summary>
public static class TokenizerFingerprint
{
    /// <summary>The SHA-256 of the bytes of all ids, each with its length in front, and of the special tokens.</summary>
    public static string Of(ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int id = 0; id < tokenizer.VocabSize; id++) Append(hash, tokenizer.GetTokenBytes(id));
        foreach ((string token, int id) in tokenizer.SpecialTokens.OrderBy(item => item.Value)
            .ThenBy(item => item.Key, StringComparer.Ordinal))
            Append(hash, Encoding.UTF8.GetBytes($"{id} {token}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
