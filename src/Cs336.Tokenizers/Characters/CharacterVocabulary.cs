using System.Globalization;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>A vocabulary over characters, as SentencePiece's BPE has it: bytes stand for characters that have no token.</summary>
internal static class CharacterVocabulary
{
    private static readonly string[] ByteNames =
        [.. Enumerable.Range(0, 256).Select(value => $"<0x{value.ToString("X2", CultureInfo.InvariantCulture)}>")];

    /// <summary>How the token of a byte is spelled.</summary>
    public static string NameOf(byte value) => ByteNames[value];

    /// <summary>The bytes of a token's spelling: those of its text, or the one that it names.</summary>
    public static byte[] BytesOf(string spelling, bool fallsBackToBytes)
    {
        int value = fallsBackToBytes && spelling.Length == 6 ? Array.IndexOf(ByteNames, spelling) : -1;
        return value >= 0 ? [(byte)value] : Encoding.UTF8.GetBytes(spelling);
    }

    /// <summary>Finds the tokens with which text begins.</summary>
    public static BpeParts Complete(BpeParts parts, IReadOnlyDictionary<string, int> ids, bool fallsBackToBytes)
    {
        int[] fallbackIds = [.. ByteNames.Select(name => fallsBackToBytes ? ids.GetValueOrDefault(name, -1) : -1)];
        int[] byteIds = [.. fallbackIds];
        for (int value = 0; value < 128; value++) byteIds[value] = ids.GetValueOrDefault(((char)value).ToString(), byteIds[value]);
        return parts with
        {
            ByteIds = byteIds,
            FallbackIds = fallbackIds,
            CharacterIds = [.. ids.Where(token => IsCharacter(token.Key)).Select(token => token.Value).Order()],
        };
    }

    private static bool IsCharacter(string spelling) =>
        spelling.Length is 1 or 2 && Rune.TryGetRuneAt(spelling, 0, out Rune rune) && rune.Utf16SequenceLength == spelling.Length
        && !rune.IsAscii;
}
