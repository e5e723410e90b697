namespace Cs336.Json;

/// <summary>Half a character beyond U+FFFF: JSON can write it and a string can hold it, but no text in UTF-8 can.</summary>
internal static class LoneSurrogate
{
    /// <summary>Whether a string holds one.</summary>
    public static bool IsIn(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) i++;
            else if (char.IsSurrogate(text[i])) return true;
        }
        return false;
    }
}
