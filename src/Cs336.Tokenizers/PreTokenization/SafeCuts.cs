using System.Buffers;
using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Finds a place to cut a text in two by the two code points around it.</summary>
internal static class SafeCuts
{
    /// <summary>The last place of a text between two well-formed code points that allow a cut; 0 where there is none.</summary>
    public static int Find(ReadOnlySpan<byte> text, IPairwisePreTokenizer preTokenizer)
    {
        Rune next = default;
        bool nextKnown = false;
        for (int position = text.Length; position > 0;)
        {
            bool known = Rune.DecodeLastFromUtf8(text[..position], out Rune rune, out int length) == OperationStatus.Done;
            if (known && nextKnown && preTokenizer.IsCut(rune.Value, next.Value)) return position;
            (next, nextKnown) = (rune, known);
            position -= length;
        }
        return 0;
    }
}
