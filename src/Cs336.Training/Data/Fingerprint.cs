using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Cs336.Training;

/// <summary>A short text that tells whether data is what it was before.</summary>
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
}
