using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>Encodes one block of a longer input.</summary>
internal static class BlockEncoding
{
    /// <summary>As <see cref="ITokenizer.Encode"/>; an error gives the place in the whole input.</summary>
    public static void EncodeBlock(
        this ITokenizer tokenizer, ReadOnlySpan<byte> block, long blockOffset, IBufferWriter<int> ids, SpecialTokenHandling specialTokens)
    {
        try
        {
            if (blockOffset == 0) tokenizer.Encode(block, ids, specialTokens);
            else tokenizer.EncodeContinuation(block, ids, specialTokens);
        }
        catch (ForbiddenSpecialTokenException e) when (blockOffset > 0)
        {
            throw new ForbiddenSpecialTokenException(e.Token, blockOffset + e.Offset);
        }
    }
}
