using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Decodes ids one at a time into text that can be shown at once.</summary>
/// <remarks>
/// A character whose bytes are spread over several tokens is held back until it is whole, so neither half a character nor
/// half a surrogate pair is ever given out. Bytes that cannot become a character give U+FFFD. The pieces joined, with
/// <see cref="Flush"/> at the end, equal <see cref="TokenizerExtensions.Decode"/> of all ids. Not thread-safe.
/// </remarks>
/// <param name="tokenizer">The tokenizer whose ids are decoded.</param>
/// <param name="isContinuation">
/// Whether the ids go on from others, as generated ones do from a prompt's: then nothing is taken away from their start, which decoding a
/// whole text does with some tokenizers (<see cref="ITokenizer.DecodedStart"/>).
/// </param>
public sealed class StreamingDecoder(ITokenizer tokenizer, bool isContinuation = false)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private bool _isAtStart = !isContinuation;

    /// <summary>Takes the next id and returns the text that it completes, which may be empty.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is not in the vocabulary.</exception>
    public string Append(int id)
    {
        ReadOnlySpan<byte> bytes = tokenizer.GetTokenBytes(id), start = tokenizer.DecodedStart;
        if (_isAtStart && !bytes.IsEmpty)
        {
            _isAtStart = false;
            if (bytes.StartsWith(start)) bytes = bytes[start.Length..];
        }
        return Convert(bytes, flush: false);
    }

    /// <summary>Ends the text: U+FFFD if it stopped within a character, else nothing. The decoder can then be used anew.</summary>
    public string Flush()
    {
        _isAtStart = !isContinuation;
        return Convert([], flush: true);
    }

    private string Convert(ReadOnlySpan<byte> bytes, bool flush)
    {
        int count = _decoder.GetCharCount(bytes, flush);
        Span<char> chars = count <= 256 ? stackalloc char[count] : new char[count];
        _decoder.GetChars(bytes, chars, flush);
        return new string(chars);
    }
}
