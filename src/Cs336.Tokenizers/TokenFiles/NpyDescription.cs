using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Cs336.Tokenizers;

/// <summary>
/// What the header of an <c>.npy</c> file says: a Python dictionary of three keys, which NumPy takes in any order and spacing,
/// quoted either way, with a comma behind the last or without.
/// </summary>
/// <param name="Type">The <c>descr</c>, such as <c>&lt;u2</c>.</param>
/// <param name="Shape">The length of each dimension.</param>
internal sealed record NpyDescription(string Type, IReadOnlyList<long> Shape)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out NpyDescription? description)
    {
        Reader reader = new(text);
        string? type = null;
        List<long>? shape = null;
        bool ordered = false;
        description = null;
        if (!reader.TryTake('{')) return false;
        while (!reader.TryTake('}'))
        {
            bool read = reader.TryReadString(out string key) && reader.TryTake(':') && key switch
            {
                "descr" => type is null && reader.TryReadString(out type),
                "fortran_order" => !ordered && (ordered = reader.TryTake("False") || reader.TryTake("True")), // alike in one dimension
                "shape" => shape is null && reader.TryReadTuple(out shape),
                _ => false,
            };
            if (!read || (!reader.TryTake(',') && !reader.IsAt('}'))) return false;
        }
        if (!reader.IsAtEnd || type is null || shape is null || !ordered) return false;
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
                if (!TryTake(',') && (values.Count == 1 || !IsAt(')'))) return false; // (3) is no tuple
            }
            return true;
        }
    }
}
