using System.Text.Json;

namespace Cs336.Tokenizers;

/// <summary>How <c>tokenizer.json</c> says what cuts text into pre-tokens.</summary>
internal sealed class HuggingFacePreTokenizer
{
    private const string DigitPattern = @"\p{N}", PunctuationPattern = @"[\p{P}!-/:-@\[-`{-~]";

    private readonly List<CutStep> _cuts = [];
    private readonly List<NormalizerStep> _preparation = [];

    private HuggingFacePreTokenizer()
    {
    }

    /// <summary>What cuts text; null where nothing does.</summary>
    public IPreTokenizer? PreTokenizer { get; private set; }

    /// <summary>What is done to text before it is cut.</summary>
    public TextNormalizer Preparation { get; private set; } = TextNormalizer.None;

    /// <summary>Whether the vocabulary is over bytes, and not over characters.</summary>
    public bool IsByteLevel { get; private set; }

    /// <exception cref="InvalidDataException">Text is cut in a way that is not known here; the message names it.</exception>
    public static HuggingFacePreTokenizer Read(JsonElement root, string path)
    {
        HuggingFacePreTokenizer read = new();
        foreach (HuggingFaceJson step in HuggingFaceJson.Of(root, "pre_tokenizer", path).Flatten("pretokenizers")) read.Add(step);
        read.Preparation = new TextNormalizer([.. read._preparation]);
        read.PreTokenizer = read._cuts switch
        {
            [] => null,
            [CutStep only] => only.Known ?? only.Pattern.Value,
            _ => new SequencePreTokenizer(read._cuts.Select(cut => cut.Pattern.Value)),
        };
        return read;
    }

    public static void Write(Utf8JsonWriter json, IPreTokenizer preTokenizer)
    {
        PatternPreTokenizer[] patterns = preTokenizer switch
        {
            SequencePreTokenizer sequence => [.. sequence.Steps],
            _ when PatternSpellings.Canonical(preTokenizer.Pattern) == Gpt2PreTokenizer.Instance.Pattern => [],
            PatternPreTokenizer own => [own],
            _ => [new PatternPreTokenizer(preTokenizer.Pattern)],
        };
        if (patterns.Length == 0)
        {
            WriteByteLevel(json, useRegex: true);
            return;
        }
        json.WriteStartObject();
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (PatternPreTokenizer pattern in patterns)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern.Pattern);
            json.WriteEndObject();
            json.WriteString("behavior", pattern.Behavior.ToString());
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }
        WriteByteLevel(json, useRegex: false);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void WriteByteLevel(Utf8JsonWriter json, bool useRegex)
    {
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", useRegex);
        json.WriteEndObject();
    }

    private void Add(HuggingFaceJson json)
    {
        switch (json.Type)
        {
            case "ByteLevel":
                if (IsByteLevel) throw json.Refuse("bytes are spelled as characters twice");
                if (json.Flag("add_prefix_space", absent: true))
                    Prepare(json, new PrependStep(" ", OnlyAtTextStart: false, UnlessPresent: true));
                if (json.Flag("use_regex", absent: true)) Add(json, Gpt2PreTokenizer.Instance.Pattern, SplitBehavior.Isolated);
                // What comes after it sees bytes as the characters that spell them.
                IsByteLevel = true;
                break;
            case "Split":
                AddSplit(json);
                break;
            case "Digits":
                Add(json, DigitPattern, json.Flag("individual_digits", absent: false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous);
                break;
            case "Punctuation":
                Add(json, PunctuationPattern, BehaviorOf(json, absent: "Isolated"));
                break;
            case "Metaspace":
                AddMetaspace(json);
                break;
            case "Whitespace" or "WhitespaceSplit" or "BertPreTokenizer" or "CharDelimiterSplit":
                throw json.Refuse($"{json.Type} leaves white space out of the ids, which byte-level BPE never does");
            default:
                throw json.Refuse("text is cut here by Split, ByteLevel, Digits, Punctuation and Metaspace alone, so its ids would differ");
        }
    }

    private void AddSplit(HuggingFaceJson json)
    {
        string? text = json.Pattern("String");
        string pattern = json.Pattern("Regex") ?? (text is { Length: > 0 } ? Escape(text) : throw json.Refuse("a Split has a pattern"));
        bool isInverted = json.Flag("invert", absent: false);
        if (json.Text("behavior") == "Removed")
        {
            Add(json, pattern, SplitBehavior.Isolated);
            if (!isInverted) throw json.Refuse("this leaves what the pattern matches out of the ids");
            if (!_cuts[^1].CoversAll) throw json.Refuse("this leaves what the pattern does not match out of the ids");
            return;
        }
        SplitBehavior behavior = BehaviorOf(json, absent: "");
        if (isInverted && behavior is not (SplitBehavior.Isolated or SplitBehavior.Contiguous))
            throw json.Refuse("an inverted pattern that is merged with what is beside it is not known here");
        Add(json, pattern, behavior);
    }

    private void AddMetaspace(HuggingFaceJson json)
    {
        string replacement = json.Text("replacement") ?? "\u2581";
        string scheme = json.Text("prepend_scheme") ?? (json.Flag("add_prefix_space", absent: true) ? "always" : "never");
        Prepare(json, new ReplaceStep(" ", replacement));
        if (scheme != "never") Prepare(json, new PrependStep(replacement, OnlyAtTextStart: scheme == "first", UnlessPresent: true));
        if (json.Flag("split", absent: true)) Add(json, Escape(replacement), SplitBehavior.MergedWithNext);
    }

    private void Prepare(HuggingFaceJson json, NormalizerStep step)
    {
        if (_cuts.Count > 0 || IsByteLevel) throw json.Refuse("what changes text must come before what cuts it");
        _preparation.Add(step);
    }

    private void Add(HuggingFaceJson json, string pattern, SplitBehavior behavior)
    {
        bool isSpelled = IsByteLevel;
        Lazy<PatternPreTokenizer> automaton = new(() => new PatternPreTokenizer(pattern, behavior, isSpelled));
        IPreTokenizer? known = behavior == SplitBehavior.Isolated && !isSpelled ? PatternSpellings.FindKnown(pattern) : null;
        try
        {
            // A well-known pattern is sound, and its automaton mostly never asked for: making it takes longer than cutting a short text.
            if (known is null) _ = automaton.Value;
        }
        catch (FormatException e)
        {
            throw new InvalidDataException(json.Refuse($"its pattern cannot be followed: {e.Message.TrimEnd('.')}").Message, e);
        }
        _cuts.Add(new CutStep(known, automaton));
    }

    private static SplitBehavior BehaviorOf(HuggingFaceJson json, string absent) =>
        Enum.TryParse(json.Text("behavior") ?? absent, out SplitBehavior behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw json.Refuse($"its behavior is not one of {string.Join(", ", Enum.GetNames<SplitBehavior>())}");

    private static string Escape(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => $@"\x{{{rune.Value:X}}}"));

    /// <summary>One pattern that cuts text.</summary>
    /// <param name="Known">What cuts alike and faster by itself; null where the pattern is not well known.</param>
    /// <param name="Pattern">The pattern as an automaton, which a sequence is made of.</param>
    private sealed record CutStep(IPreTokenizer? Known, Lazy<PatternPreTokenizer> Pattern)
    {
        /// <summary>Whether every text is matched without gaps, as well-known patterns match it.</summary>
        public bool CoversAll => Known is not null || Pattern.Value.CoversAll;
    }
}
