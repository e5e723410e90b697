using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>Reads a pattern in the syntax that Hugging Face's tokenizers (Oniguruma) and tiktoken (Rust) have in common.</summary>
/// <remarks>
/// What it understands needs one pass over the text and looks one code point ahead at most: alternatives, groups, sets, greedy, lazy and
/// possessive repetition, <c>(?i:...)</c>, a look at the next code point, and the text's end. What goes beyond is refused by its name:
/// looking behind, looking further ahead, references to groups, word boundaries.
/// </remarks>
internal sealed class PatternParser
{
    private const int MaxDepth = 100, MaxLength = 20_000, MaxCount = 1_000;

    private readonly string _pattern;
    private int _position;
    private int _depth;
    private bool _ignoreCase;

    private PatternParser(string pattern) => _pattern = pattern;

    /// <exception cref="FormatException">The pattern is not understood; the message says where and what.</exception>
    public static PatternNode Parse(string pattern)
    {
        if (pattern.Length > MaxLength)
            throw new FormatException($"The pattern has {pattern.Length:N0} characters, but at most {MaxLength:N0} are read.");
        PatternParser parser = new(pattern);
        PatternNode node = parser.ReadChoice();
        return parser._position == pattern.Length ? node : throw parser.Error("a ')' closes nothing");
    }

    private bool AtEnd => _position == _pattern.Length;

    private PatternNode ReadChoice()
    {
        if (++_depth > MaxDepth) throw Error($"groups stand within each other more than {MaxDepth} deep");
        bool ignoreCase = _ignoreCase;
        List<PatternNode> alternatives = [];
        do alternatives.Add(ReadSequence());
        while (TryTake('|'));
        _ignoreCase = ignoreCase;
        _depth--;
        return alternatives.Count == 1 ? alternatives[0] : new PatternNode.Choice(alternatives);
    }

    private PatternNode ReadSequence()
    {
        List<PatternNode> parts = [];
        while (!AtEnd && _pattern[_position] is not ('|' or ')'))
        {
            PatternNode part = ReadPart();
            parts.Add(ReadRepetition(part));
        }
        return parts.Count == 1 ? parts[0] : new PatternNode.Sequence(parts);
    }

    private PatternNode ReadPart()
    {
        char next = _pattern[_position];
        switch (next)
        {
            case '(':
                return ReadGroup();
            case '[':
                return One(PatternSetParser.ReadBrackets(_pattern, ref _position));
            case '.':
                _position++;
                return One(CodePointSet.Of('\n').Not());
            case '$':
                _position++;
                return new PatternNode.Ahead(CodePointSet.None, AtEnd: true);
            case '^':
                throw Error("'^' looks at what stands before");
            case '*' or '+' or '?':
                throw Error($"'{next}' repeats nothing");
            case '\\' when _position + 1 < _pattern.Length && _pattern[_position + 1] is 'z' or 'Z':
                _position += 2;
                return new PatternNode.Ahead(CodePointSet.None, AtEnd: true);
            default:
                return One(PatternSetParser.ReadOne(_pattern, ref _position));
        }
    }

    private PatternNode.One One(CodePointSet set) => new(_ignoreCase ? CaseFolding.Fold(set) : set);

    private PatternNode ReadGroup()
    {
        _position++;
        if (!TryTake('?')) return ReadToClose();
        foreach ((string start, string name) in (ReadOnlySpan<(string, string)>)[
            ("<=", "looking behind"), ("<!", "looking behind"), (">", "an atomic group"), ("#", "a comment"), ("(", "a condition")])
        {
            if (_pattern.AsSpan(_position).StartsWith(start)) throw Error($"'(?{start}' is {name}");
        }
        if (TryTake('=')) return ReadAhead(isNegative: false);
        if (TryTake('!')) return ReadAhead(isNegative: true);
        if (_pattern.AsSpan(_position).StartsWith("P<") || _pattern.AsSpan(_position).StartsWith("<"))
        {
            int end = _pattern.IndexOf('>', _position);
            if (end < 0) throw Error("the name of a group has no end");
            _position = end + 1;
            return ReadToClose();
        }
        return ReadOptions();
    }

    /// <summary><c>(?i:...)</c>, <c>(?-i:...)</c>, <c>(?:...)</c>, and <c>(?i)</c>, which holds for the rest of the group.</summary>
    private PatternNode ReadOptions()
    {
        bool ignoreCase = _ignoreCase, on = true;
        for (; !AtEnd; _position++)
        {
            switch (_pattern[_position])
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'u' when on:
                    break;
                case ':':
                    _position++;
                    (bool before, _ignoreCase) = (_ignoreCase, ignoreCase);
                    PatternNode group = ReadToClose();
                    _ignoreCase = before;
                    return group;
                case ')':
                    _position++;
                    _ignoreCase = ignoreCase;
                    return PatternNode.Empty;
                default:
                    throw Error($"'(?{_pattern[_position]}' is a group of a kind that is not known");
            }
        }
        throw Error("a '(' is not closed");
    }

    private PatternNode ReadToClose()
    {
        PatternNode group = ReadChoice();
        return TryTake(')') ? group : throw Error("a '(' is not closed");
    }

    private PatternNode.Ahead ReadAhead(bool isNegative)
    {
        PatternNode group = ReadToClose();
        CodePointSet set = CodePointSet.None;
        bool atEnd = false;
        foreach (PatternNode alternative in group is PatternNode.Choice choice ? choice.Alternatives : [group])
        {
            if (alternative is PatternNode.One one) set = set.Or(one.Set);
            else if (alternative is PatternNode.Ahead { AtEnd: true } end) (set, atEnd) = (set.Or(end.Set), true);
            else throw Error("this looks further ahead than to the next code point");
        }
        return isNegative ? new PatternNode.Ahead(set.Not(), !atEnd) : new PatternNode.Ahead(set, atEnd);
    }

    private PatternNode ReadRepetition(PatternNode part)
    {
        if (AtEnd) return part;
        (int min, int? max) = (1, 1);
        switch (_pattern[_position])
        {
            case '*':
                (min, max) = (0, null);
                break;
            case '+':
                (min, max) = (1, null);
                break;
            case '?':
                (min, max) = (0, 1);
                break;
            case '{' when TryReadCounts(out min, out max):
                break;
            default:
                return part;
        }
        _position++;
        if (part is PatternNode.Ahead) throw Error("what looks ahead cannot be repeated");
        if (TryTake('+')) return Possessive(part, min, max);
        PatternNode repeated = new PatternNode.Repeat(part, min, max, IsLazy: TryTake('?'));
        return !AtEnd && _pattern[_position] is '*' or '+' or '?' ? ReadRepetition(repeated) : repeated;
    }

    /// <summary>Takes as many as there are and gives none back: so another one cannot follow, unless the most are taken.</summary>
    private PatternNode Possessive(PatternNode part, int min, int? max)
    {
        if (part is not PatternNode.One one) throw Error("possessive repetition of more than one code point");
        PatternNode ended = new PatternNode.Ahead(one.Set.Not(), AtEnd: true);
        if (max is null) return new PatternNode.Sequence([new PatternNode.Repeat(part, min, null, false), ended]);
        PatternNode full = new PatternNode.Repeat(part, max.Value, max, false);
        if (max == min) return full;
        return new PatternNode.Choice([full, new PatternNode.Sequence([new PatternNode.Repeat(part, min, max - 1, false), ended])]);
    }

    /// <summary>
    /// Reads <c>{n}</c>, <c>{n,}</c>, <c>{,m}</c> or <c>{n,m}</c> up to its last brace; any other brace stands for itself.
    /// </summary>
    private bool TryReadCounts(out int min, out int? max)
    {
        (min, max) = (0, null);
        int end = _pattern.IndexOf('}', _position);
        if (end < 0) return false;
        string[] counts = _pattern[(_position + 1)..end].Split(',');
        if (counts.Length > 2 || counts.All(count => count.Length == 0) || counts.Any(count => !count.All(char.IsAsciiDigit))) return false;
        min = Count(counts[0]) ?? 0;
        max = counts.Length == 1 ? min : Count(counts[1]);
        if (max < min) throw Error($"'{_pattern[_position..(end + 1)]}' has a greater number first");
        _position = end;
        return true;

        int? Count(string text)
        {
            if (text.Length == 0) return null;
            return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= MaxCount
                ? count
                : throw Error($"a part is repeated {text} times, but at most {MaxCount} are read");
        }
    }

    private bool TryTake(char value)
    {
        if (AtEnd || _pattern[_position] != value) return false;
        _position++;
        return true;
    }

    private FormatException Error(string what) => PatternSetParser.Error(_pattern, _position, what);
}
