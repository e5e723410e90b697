namespace Cs336.Tokenizers;

/// <summary>What a vocabulary is made of, as files and trainers have it, before it is checked.</summary>
internal sealed record BpeParts
{
    /// <summary>The bytes of each id as merges see them; null for ids that no token has.</summary>
    public required IReadOnlyList<byte[]?> Tokens { get; init; }

    /// <summary>The merges, the first to apply first.</summary>
    public required IReadOnlyList<BpeMerge> Merges { get; init; }

    /// <summary>Special and other added tokens.</summary>
    public IReadOnlyList<AddedToken> AddedTokens { get; init; } = [];

    /// <summary>What cuts text before merging.</summary>
    public IPreTokenizer PreTokenizer { get; init; } = Gpt2PreTokenizer.Instance;

    /// <summary>What is done to text before those added tokens are looked for in it that say so.</summary>
    public TextNormalizer Normalizer { get; init; } = TextNormalizer.None;

    /// <summary>What is done after that, before text is cut.</summary>
    public TextNormalizer Preparation { get; init; } = TextNormalizer.None;

    /// <summary>The ids that a model expects around a text's.</summary>
    public TokenTemplate Template { get; init; } = TokenTemplate.None;

    /// <summary>Whether a pre-token that is a token is that token, even where merges lead elsewhere.</summary>
    public bool IgnoresMerges { get; init; }

    /// <summary>The id for what has no token.</summary>
    public int? UnknownId { get; init; }

    /// <summary>Whether unknown ones that follow each other in a pre-token are one.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>
    /// The id with which each byte begins, -1 for none; null where they are the ordinary tokens of one byte, which there must be for all.
    /// </summary>
    public IReadOnlyList<int>? ByteIds { get; init; }

    /// <summary>
    /// Of a vocabulary over characters, as SentencePiece's are: the ids of single characters, with which text begins; bytes stand for any
    /// other character. Null for a vocabulary over bytes.
    /// </summary>
    public IReadOnlyList<int>? CharacterIds { get; init; }

    /// <summary>Of a vocabulary over characters: the ids that stand for bytes of other characters, -1 for none.</summary>
    public IReadOnlyList<int> FallbackIds { get; init; } = [];

    /// <summary>Of a vocabulary over characters: what decoding makes of U+2581 and the like, a text for each text.</summary>
    public IReadOnlyList<(string From, string To)> DecodedTexts { get; init; } = [];

    /// <summary>How the file that this comes from describes it; null where no such file does.</summary>
    public HuggingFaceSections? Sections { get; init; }

    /// <summary>What decoding takes away from the start of a text, because encoding put it there.</summary>
    public string DecodedStart { get; init; } = "";
}
