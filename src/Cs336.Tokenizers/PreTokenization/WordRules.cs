namespace Cs336.Tokenizers;

/// <summary>Where a pattern has contractions: <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)</c>.</summary>
internal enum ContractionPlace
{
    /// <summary>Nowhere.</summary>
    None,

    /// <summary>By themselves, before anything else is tried.</summary>
    Alone,

    /// <summary>As the end of a word.</summary>
    AfterWord,
}

/// <summary>
/// What tells apart the patterns that <see cref="WordScanner"/> knows: words with any one code point before them but newlines,
/// letters and numbers; numbers; symbols with one space before them and newlines after them; runs of space that end at newlines.
/// </summary>
internal interface IWordRules
{
    /// <summary>The most code points of a number: 1, 3 or, without a limit, <see cref="int.MaxValue"/>.</summary>
    static abstract int MaxNumberLength { get; }

    /// <summary>Where contractions are.</summary>
    static abstract ContractionPlace Contractions { get; }

    /// <summary>
    /// Whether a word is upper letters and then lower ones, <c>U*L+|U+L*</c>, where letters without case and marks are both; else it is
    /// any letters.
    /// </summary>
    static abstract bool TellCase { get; }

    /// <summary>Whether symbols have slashes after them too, <c>[\r\n/]*</c>.</summary>
    static abstract bool SlashesFollow { get; }
}

/// <summary>GPT-4's and Llama 3's.</summary>
internal readonly struct Cl100kRules : IWordRules
{
    public static int MaxNumberLength => 3;

    public static ContractionPlace Contractions => ContractionPlace.Alone;

    public static bool TellCase => false;

    public static bool SlashesFollow => false;
}

/// <summary>Qwen's.</summary>
internal readonly struct Qwen2Rules : IWordRules
{
    public static int MaxNumberLength => 1;

    public static ContractionPlace Contractions => ContractionPlace.Alone;

    public static bool TellCase => false;

    public static bool SlashesFollow => false;
}

/// <summary>GPT-4o's.</summary>
internal readonly struct O200kRules : IWordRules
{
    public static int MaxNumberLength => 3;

    public static ContractionPlace Contractions => ContractionPlace.AfterWord;

    public static bool TellCase => true;

    public static bool SlashesFollow => true;
}

/// <summary>Mistral Nemo's.</summary>
internal readonly struct TekkenRules : IWordRules
{
    public static int MaxNumberLength => 1;

    public static ContractionPlace Contractions => ContractionPlace.None;

    public static bool TellCase => true;

    public static bool SlashesFollow => true;
}
