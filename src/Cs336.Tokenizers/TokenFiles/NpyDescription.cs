using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>
/// What the header of an <c>.npy</c> file says: a Python dictionary of three keys, which NumPy takes in any order and spacing,
/// quoted either way, with a comma behind the last or without.
/// </summary>
/// <param name="Type">The <c>descr</c>, such as <c>&lt;u2</c>; of structured arrays the list of their fields, as it stands there.</param>
/// <param name="Shape">The length of each dimension.</param>
internal sealed record NpyDescription(string Type, IReadOnlyList<long> Shape)
{
    private const int MaxShownDimensions = 4;

    /// <summary>The shape as Python shows it, cut where it is long.</summary>
    public string ShownShape
    {
        get
        {
            string end = Shape.Count == 1 ? "," : Shape.Count > MaxShownDimensions ? ", ..." : "";
            return $"({string.Join(", ", Shape.Take(MaxShownDimensions))}{end})";
        }
    }

    /// <summary>What such elements are called.</summary>
    public string Kind => Type switch
    {
        ['[', ..] => "structures",
        [_, 'f', ..] => "fractions",
        [_, 'c', ..] => "complex numbers",
        [_, 'b', ..] => "truth values",
        [_, 'O', ..] => "Python objects, which are pickled and never read,",
        [_, 'U' or 'S' or 'a', ..] => "texts",
        [_, 'M' or 'm', ..] => "times",
        [_, 'V', ..] => "raw bytes",
        _ => "elements",
    };

    /// <summary>What to do about them.</summary>
    public string Advice => Type switch
    {
        ['[', ..] => "save the one field that is ids, numpy.save(path, numpy.load(path)['name'])",
        [_, 'f' or 'i' or 'u' or 'b', ..] =>
            "convert it with numpy.save(path, numpy.load(path).astype('<u2')), or '<u4' for ids above 65535",
        _ => "save ids, numpy.save(path, numpy.array(ids, dtype='<u2')), or '<u4' for ids above 65535",
    };

    public static bool TryParse(string text, [NotNullWhen(true)] out NpyDescription? description)
    {
        Reader reader = new(text);
        string? type = null;
        List<long>? shape = null;
        bool hasOrder = false;
        description = null;
        if (!reader.TryTake('{')) return false;
        while (!reader.TryTake('}'))
        {
            bool read = reader.TryReadString(out string key) && reader.TryTake(':') && key switch
            {
                "descr" => type is null && (reader.TryReadList(out type) || reader.TryReadString(out type)),
                // Either will do: in one dimension both orders are the same.
                "fortran_order" => !hasOrder && (hasOrder = reader.TryTake("False") || reader.TryTake("True")),
                "shape" => shape is null && reader.TryReadTuple(out shape),
                _ => false,
            };
            if (!read || (!reader.TryTake(',') && !reader.IsAt('}'))) return false;
        }
        if (!reader.IsAtEnd || type is null || shape is null || !hasOrder) return false;
        description = new NpyDescription(type, shape);
        return true;
    }

    /// <summary>Takes one thing after the other off a text, with the white space in front of it.</summary>
    private sealed class Reader(string text)
    {
        private int _position;

        public bool IsAtEnd => Rest.IsEmpty;

        private ReadOnlySpan<char> Rest
        {
            get
            {
                while (_position < text.Length && text[_position] is ' ' or '\t' or '\r' or '\n') _position++;
                return text.AsSpan(_position);
            }
        }

        public bool IsAt(char value) => Rest is [char first, ..] && first == value;

        public bool TryTake(char value) => TryTake([value]);

        public bool TryTake(ReadOnlySpan<char> value)
        {
            bool found = Rest.StartsWith(value);
            if (found) _position += value.Length;
            return found;
        }

        public bool TryReadString(out string value)
        {
            value = "";
            if (Rest is not [char quote and ('\'' or '"'), ..]) return false;
            int length = text.AsSpan(_position + 1).IndexOf(quote);
            if (length < 0) return false;
            value = text.Substring(_position + 1, length);
            _position += length + 2;
            return !value.Contains('\\');
        }

        /// <summary>A list with all that is in it, as it stands there.</summary>
        public bool TryReadList(out string value)
        {
            value = "";
            if (!IsAt('[')) return false;
            int depth = 0;
            for (int end = _position; end < text.Length; end++)
            {
                if (text[end] is '\'' or '"')
                {
                    end = text.IndexOf(text[end], end + 1);
                    if (end < 0) return false;
                }
                else if (text[end] is '[' or '(')
                {
                    depth++;
                }
                else if (text[end] is ']' or ')' && --depth == 0)
                {
                    value = text[_position..(end + 1)];
                    _position = end + 1;
                    return true;
                }
            }
            return false;
        }

        public bool TryReadTuple(out List<long> values)
        {
            values = [];
            if (!TryTake('(')) return false;
            while (!TryTake(')'))
            {
                ReadOnlySpan<char> digits = Rest;
                int count = digits.IndexOfAnyExceptInRange('0', '9');
                if (count <= 0 || !long.TryParse(digits[..count], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
                    return false;
                values.Add(value);
                _position += count;
                TryTake('L'); // Python 2's long numbers
                if (!TryTake(',') && (values.Count == 1 || !IsAt(')'))) return false; // (3) is a number in Python
            }
            return true;
        }
    }
}
