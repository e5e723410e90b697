using System.Text;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>Texts and ids as a reader can see them, whatever they hold.</summary>
internal static class Spelling
{
    private const int MaxLength = 300;
    private const int Context = 6;

    /// <summary>A text in quotes: printable ASCII as it is, all else as <c>\u{hex}</c>.</summary>
    public static string Of(string text)
    {
        StringBuilder spelled = new("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (spelled.Length > MaxLength) return spelled.Append($"… ({text.Length} characters)\"").ToString();
            spelled.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '"' => "\\\"",
                '\\' => "\\\\",
                >= ' ' and <= '~' => rune.ToString(),
                _ => $"\\u{{{rune.Value:X4}}}",
            });
        }
        return spelled.Append('"').ToString();
    }

    /// <summary>The ids around a place, with what each stands for.</summary>
    public static string Of(ITokenizer tokenizer, ReadOnlySpan<int> ids, int place)
    {
        int start = Math.Max(0, place - Context);
        int end = Math.Min(ids.Length, place + Context + 1);
        StringBuilder spelled = new(start > 0 ? "… " : "");
        for (int i = start; i < end; i++) spelled.Append($"{(i == place ? ">> " : "")}{ids[i]} {Token(tokenizer, ids[i])}, ");
        if (place >= ids.Length) spelled.Append(">> no more");
        return spelled.Append(end < ids.Length ? "…" : "").Append($" ({ids.Length} ids)").ToString();
    }

    private static string Token(ITokenizer tokenizer, int id) =>
        id >= 0 && id < tokenizer.VocabSize ? Of(Encoding.Latin1.GetString(tokenizer.GetTokenBytes(id))) : "(not in the vocabulary)";
}
