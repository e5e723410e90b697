using System.Text;

namespace Cs336.Tokenizers.MicrosoftML;

/// <summary>The ids of a text with the characters (UTF-16 units) that each touches: from <c>Starts[i]</c> up to <c>Ends[i]</c>.</summary>
/// <param name="Ids">The ids of the text.</param>
/// <param name="Starts">Where the first character begins that the token has a byte of.</param>
/// <param name="Ends">Where the last character ends that the token has a byte of.</param>
/// <param name="BeginsCharacter">Whether the token has its first character's first byte.</param>
/// <param name="EndsCharacter">Whether the token has its last character's last byte.</param>
internal readonly record struct OffsetTokens(int[] Ids, int[] Starts, int[] Ends, bool[] BeginsCharacter, bool[] EndsCharacter)
{
    public static OffsetTokens Make(ReadOnlySpan<char> text, int[] ids, ITokenizer tokenizer)
    {
        OffsetTokens tokens = new(ids, new int[ids.Length], new int[ids.Length], new bool[ids.Length], new bool[ids.Length]);
        // The current character: its bytes run from byteStart to byteEnd, its UTF-16 units from start to end.
        int start = 0, end = 0, byteStart = 0, byteEnd = 0;
        int position = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            MoveTo(text, position);
            (tokens.Starts[i], tokens.BeginsCharacter[i]) = (start, position == byteStart);
            position += tokenizer.GetTokenBytes(ids[i]).Length;
            MoveTo(text, position - 1);
            (tokens.Ends[i], tokens.EndsCharacter[i]) = (end, position == byteEnd);
        }
        return tokens;

        void MoveTo(ReadOnlySpan<char> text, int offset)
        {
            while (byteEnd <= offset)
            {
                // A lone surrogate decodes as U+FFFD, whose three bytes are what it was encoded as.
                Rune.DecodeFromUtf16(text[end..], out Rune rune, out int length);
                (start, byteStart) = (end, byteEnd);
                end += length;
                byteEnd += rune.Utf8SequenceLength;
            }
        }
    }

    /// <summary>The most tokens, up to a limit, after which a character ends.</summary>
    public int CountWholePrefix(int limit)
    {
        int count = Math.Min(limit, Ids.Length);
        while (count > 0 && !EndsCharacter[count - 1]) count--;
        return count;
    }

    /// <summary>The most tokens from the end, up to a limit, before which a character begins.</summary>
    public int CountWholeSuffix(int limit)
    {
        int count = Math.Min(limit, Ids.Length);
        while (count > 0 && !BeginsCharacter[Ids.Length - count]) count--;
        return count;
    }

    /// <summary>Where the first tokens of a text end in it.</summary>
    public int EndOfPrefix(int count) => count == 0 ? 0 : Ends[count - 1];
}
