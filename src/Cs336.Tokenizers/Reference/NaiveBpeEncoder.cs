using System.Text;

namespace Cs336.Tokenizers;

/// <summary>
/// Encodes as the definition of BPE reads, without a thought for speed: every merge, in the order in which they were made, on every
/// pre-token. <see cref="BpeTokenizer"/> gives the same ids, and tests hold it to that.
/// </summary>
internal static class NaiveBpeEncoder
{
    /// <summary>The ids of a text.</summary>
    /// <param name="model">A model with GPT-2's pre-tokenizer.</param>
    /// <param name="text">The text, without characters beyond U+FFFF.</param>
    /// <param name="allowSpecial">Whether special tokens become their ids; else they are plain text.</param>
    public static List<int> Encode(BpeModel model, string text, bool allowSpecial)
    {
        List<int> ids = [];
        foreach ((string part, bool isSpecial) in NaivePreTokenizer.Divide(text, allowSpecial ? [.. model.SpecialTokens.Keys] : []))
        {
            if (isSpecial) ids.Add(model.SpecialTokens[part]);
            else ids.AddRange(NaivePreTokenizer.PreTokens(part).SelectMany(preToken => EncodePreToken(model, preToken)));
        }
        return ids;
    }

    /// <summary>The ids of one pre-token.</summary>
    public static List<int> EncodePreToken(BpeModel model, string preToken)
    {
        List<int> ids = [.. Encoding.UTF8.GetBytes(preToken).Select(model.GetByteId)];
        foreach (BpeMerge merge in model.Merges)
        {
            for (int i = 0; i + 1 < ids.Count; i++)
            {
                if (ids[i] != merge.Left || ids[i + 1] != merge.Right) continue;
                ids[i] = merge.Result;
                ids.RemoveAt(i + 1);
            }
        }
        return ids;
    }
}
