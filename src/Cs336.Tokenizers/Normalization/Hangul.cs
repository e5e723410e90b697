namespace Cs336.Tokenizers;

/// <summary>Korean syllables, whose parts Unicode tells by arithmetic instead of by tables (The Unicode Standard, section 3.12).</summary>
internal static class Hangul
{
    /// <summary>The first syllable, and how many there are.</summary>
    public const int FirstSyllable = 0xAC00, SyllableCount = LeadCount * VowelCount * TailCount;

    /// <summary>The first vowel that a leading consonant takes, and how many there are.</summary>
    public const int FirstVowel = 0x1161, VowelCount = 21;

    /// <summary>The first consonant that ends a syllable.</summary>
    public const int FirstTail = TailBase + 1;

    /// <summary>How many ends a syllable can have, that of none among them.</summary>
    public const int TailCount = 28;

    private const int FirstLead = 0x1100, LeadCount = 19, TailBase = 0x11A7;

    /// <summary>What a syllable consists of; the tail is 0 where it has none.</summary>
    public static (int Lead, int Vowel, int Tail) Split(int syllable)
    {
        (int open, int tail) = Math.DivRem(syllable - FirstSyllable, TailCount);
        (int lead, int vowel) = Math.DivRem(open, VowelCount);
        return (FirstLead + lead, FirstVowel + vowel, tail == 0 ? 0 : TailBase + tail);
    }

    /// <summary>Whether a code point is a vowel or a tail, which are what syllables are composed with.</summary>
    public static bool IsSecond(int codePoint) =>
        (uint)(codePoint - FirstVowel) < VowelCount || (uint)(codePoint - FirstTail) < TailCount - 1;

    /// <summary>The syllable of a lead and a vowel, or of a syllable without a tail and a tail; 0 for all other code points.</summary>
    public static int Join(int first, int second)
    {
        if ((uint)(first - FirstLead) < LeadCount && (uint)(second - FirstVowel) < VowelCount)
        {
            return FirstSyllable + ((((first - FirstLead) * VowelCount) + second - FirstVowel) * TailCount);
        }
        bool isOpen = (uint)(first - FirstSyllable) < SyllableCount && (first - FirstSyllable) % TailCount == 0;
        return isOpen && (uint)(second - FirstTail) < TailCount - 1 ? first + second - TailBase : 0;
    }
}
