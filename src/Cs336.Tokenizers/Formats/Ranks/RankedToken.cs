using System.Buffers;
using System.Buffers.Text;

namespace Cs336.Tokenizers;

/// <summary>A token of a vocabulary whose merges follow from the order of its tokens, as tiktoken's do.</summary>
/// <param name="Bytes">The token's bytes.</param>
/// <param name="Id">Its id, in whose order merges made the tokens.</param>
/// <param name="Place">Where it stands in its file, for messages: the number of its line, for example.</param>
internal readonly record struct RankedToken(byte[] Bytes, int Id, int Place)
{
    /// <summary>Reads a token in base64, as the files have it: padded, and without anything in between.</summary>
    /// <returns>False where it is none, or has no bytes.</returns>
    public static bool TryDecode(ReadOnlySpan<byte> base64, out byte[] bytes)
    {
        bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        if (Base64.DecodeFromUtf8(base64, bytes, out _, out int length) != OperationStatus.Done || length == 0
            || Base64.GetMaxEncodedToUtf8Length(length) != base64.Length)
            return false;
        if (length < bytes.Length) bytes = bytes[..length];
        return true;
    }
}
