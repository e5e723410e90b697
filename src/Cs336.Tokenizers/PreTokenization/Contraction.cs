using System.Runtime.CompilerServices;

namespace Cs336.Tokenizers;

/// <summary>English contractions in any case.</summary>
internal static class Contraction
{
    /// <summary>The most bytes of one.</summary>
    public const int MaxLength = 3;

    /// <summary>The bytes of <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)</c> at the start of a text that starts with an apostrophe, or 0.</summary>
    /// <remarks>Without regard to case U+017F (ſ) is an s.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int LengthAt(ReadOnlySpan<byte> text)
    {
        if (text.Length < 2) return 0;
        int first = text[1] | 0x20;
        if (first is 's' or 't' or 'm' or 'd') return 2;
        if (text.Length < 3) return 0;
        if (text[1] == 0xC5 && text[2] == 0xBF) return 3;
        return (first, text[2] | 0x20) is ('l', 'l') or ('v', 'e') or ('r', 'e') ? 3 : 0;
    }
}
