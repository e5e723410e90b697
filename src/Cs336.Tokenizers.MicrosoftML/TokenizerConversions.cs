using System.Runtime.CompilerServices;
using System.Text;
using Cs336.Alphabet;
using Microsoft.ML.Tokenizers;
using MicrosoftBpeTokenizer = Microsoft.ML.Tokenizers.BpeTokenizer;

namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>Turns one library's tokenizer into the other's.</summary>
public static class TokenizerConversions
{
    /// <summary>A tokenizer of <c>Microsoft.ML.Tokenizers</c> that encodes and decodes with this one.</summary>
    /// <param name="tokenizer">What encodes and decodes.</param>
    /// <param name="specialTokens">
    /// What to do with special tokens in text: Microsoft's interface has no way to say so per call. Allowed by default, as in its
    /// own tokenizers.
    /// </param>
    public static MicrosoftMLTokenizer AsMicrosoftTokenizer(
        this ITokenizer tokenizer, SpecialTokenHandling specialTokens = SpecialTokenHandling.Allow) => new(tokenizer, specialTokens);

    /// <summary>An <see cref="ITokenizer"/> that encodes and decodes with a tokenizer of <c>Microsoft.ML.Tokenizers</c>.</summary>
    /// <param name="tokenizer">
    /// A <see cref="TiktokenTokenizer"/>, a <see cref="CodeGenTokenizer"/>, or a byte-level <see cref="MicrosoftBpeTokenizer"/>. For
    /// another, name its vocabulary to the constructor of <see cref="TokenizerFromMicrosoftML"/>.
    /// </param>
    /// <param name="preTokenizer">
    /// What cuts text in the way that <paramref name="tokenizer"/> does, or null: see the constructor of
    /// <see cref="TokenizerFromMicrosoftML"/>.
    /// </param>
    /// <returns>
    /// A <see cref="TokenizerFromMicrosoftML"/>; of a <see cref="MicrosoftMLTokenizer"/>, the tokenizer that it was made from.
    /// </returns>
    /// <exception cref="NotSupportedException">The bytes of this tokenizer's tokens are not known.</exception>
    public static ITokenizer AsTokenizer(this Tokenizer tokenizer, IPreTokenizer? preTokenizer = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return tokenizer switch
        {
            MicrosoftMLTokenizer wrapper => wrapper.Inner,
            TiktokenTokenizer tiktoken =>
                new TokenizerFromMicrosoftML(tiktoken, ReadTokens(tiktoken), tiktoken.SpecialTokens ?? None, preTokenizer),
            CodeGenTokenizer codeGen => FromSpellings(codeGen, codeGen.Vocabulary, codeGen.SpecialTokens, preTokenizer),
            MicrosoftBpeTokenizer { ByteLevel: true } bpe => FromSpellings(bpe, bpe.Vocabulary, bpe.SpecialTokens, preTokenizer),
            _ => throw new NotSupportedException(
                $"The bytes of {tokenizer.GetType().Name}'s tokens are not known: only Tiktoken, CodeGen and byte-level BPE " +
                $"tokenizers tell them. Name the vocabulary to the constructor of {nameof(TokenizerFromMicrosoftML)}."),
        };
    }

    private static IReadOnlyDictionary<string, int> None { get; } = new Dictionary<string, int>();

    private static TokenizerFromMicrosoftML FromSpellings(
        Tokenizer tokenizer, IReadOnlyDictionary<string, int> vocabulary, IReadOnlyDictionary<string, int>? specialTokens,
        IPreTokenizer? preTokenizer)
    {
        specialTokens ??= None;
        Dictionary<int, byte[]> tokens = [];
        foreach ((string text, int id) in vocabulary)
            tokens[id] = specialTokens.ContainsKey(text) ? Encoding.UTF8.GetBytes(text) : ReadSpelled(text);
        return new TokenizerFromMicrosoftML(tokenizer, tokens, specialTokens, preTokenizer);
    }

    private static byte[] ReadSpelled(string token) => Gpt2ByteAlphabet.TryRead(token)
        ?? throw new NotSupportedException(
            $"The vocabulary has the token '{token}', which is not spelled in GPT-2's byte alphabet: name it as a special token.");

    private static Dictionary<int, byte[]> ReadTokens(TiktokenTokenizer tokenizer)
    {
        try
        {
            return Decoder(tokenizer).ToDictionary(token => token.Key, token => token.Value.ToArray());
        }
        catch (MissingMethodException e)
        {
            throw new NotSupportedException(
                $"This version of Microsoft.ML.Tokenizers keeps {nameof(TiktokenTokenizer)}'s tokens elsewhere than 2.0 did: " +
                $"use 2.0.x, or name the vocabulary to the constructor of {nameof(TokenizerFromMicrosoftML)}.", e);
        }
    }

    // Public members give a token's text only, in which the bytes of half a character are lost.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "get_Decoder")]
    private static extern IReadOnlyDictionary<int, ReadOnlyMemory<byte>> Decoder(TiktokenTokenizer tokenizer);
}
