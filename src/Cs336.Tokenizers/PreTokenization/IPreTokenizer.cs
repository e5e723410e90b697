namespace Cs336.Tokenizers;

/// <summary>
/// Cuts text into pre-tokens; BPE never merges across the end of one. Works on UTF-8 by code point, in batches, without
/// allocating. Implementations may be used from many threads at once.
/// </summary>
public interface IPreTokenizer
{
    /// <summary>The regular expression that this is equal to, in the syntax that Hugging Face and tiktoken share.</summary>
    string Pattern { get; }

    /// <summary>Finds the first pre-tokens of a text: together the pre-tokens cover it without gaps.</summary>
    /// <param name="utf8Text">
    /// Text whose start is the start of a pre-token and whose end is the end of the text. Malformed bytes count as symbols
    /// (neither letter, number nor space).
    /// </param>
    /// <param name="ends">Receives the offset after each pre-token, in rising order, as many as fit; at least one long.</param>
    /// <returns>How many offsets were written: 0 only where the text is empty. Call again with what is left after the last one.</returns>
    int Split(ReadOnlySpan<byte> utf8Text, Span<int> ends);

    /// <summary>
    /// An offset where a pre-token ends for certain, whatever stands before and after the text: greater than 0, less than
    /// the text's length, and the last such place that can be told cheaply. 0 where none is known.
    /// </summary>
    int FindSafeCut(ReadOnlySpan<byte> utf8Text);
}
