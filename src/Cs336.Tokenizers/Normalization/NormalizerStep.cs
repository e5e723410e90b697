using System.Buffers;

namespace Cs336.Tokenizers;

/// <summary>One thing that is done to text before it is cut into pre-tokens.</summary>
internal abstract record NormalizerStep
{
    /// <summary>Whether the texts of added tokens are changed as well before they are looked for in changed text.</summary>
    public virtual bool ChangesTokens => true;

    /// <summary>Whether anything becomes of a section of text; where not, it need not be applied.</summary>
    public abstract bool Changes(ReadOnlySpan<byte> utf8Text, SectionPlace place);

    /// <summary>Writes what becomes of a section of text; bytes that are not well-formed stay as they are.</summary>
    /// <param name="utf8Text">The section: text between two added tokens, or a part of that.</param>
    /// <param name="output">Receives the text.</param>
    /// <param name="place">Where the section stands.</param>
    public abstract void Apply(ReadOnlySpan<byte> utf8Text, IBufferWriter<byte> output, SectionPlace place);

    /// <summary>
    /// Whether text may be cut between two code points of what it is given: both sides then become the same by themselves.
    /// </summary>
    public abstract bool AllowsCut(int first, int second);
}
