using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Cs336.Tokenizers;

namespace Cs336.Training;

/// <summary>A short text that tells whether data or a tokenizer is the one that it was before.</summary>
internal static class Fingerprint
{
    private const long MaxTokens = 1L << 24; // 64 MB as they are hashed: a fraction of a second, however large the file

    /// <summary>
    /// Of tokens: how many there are, and the SHA-256 of their ids: of all where there are at most 2²⁴; of more, of as many in
    /// blocks spread evenly.
    /// </summary>
    public static string Of(TokenDataset tokens)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int[] ids = new int[TokenDataset.BlockSize];
        foreach ((long start, int length) in tokens.Spread(MaxTokens))
        {
            Span<int> block = ids.AsSpan(0, length);
            tokens.Read(start, block);
            hash.AppendData(MemoryMarshal.AsBytes(block));
        }
        return $"{tokens.Length}:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    /// <summary>Of a tokenizer: the SHA-256 of the bytes of all ids, each with its length in front, and of the special tokens.</summary>
    public static string Of(ITokenizer tokenizer)
    {
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
