using System.Text;

namespace Cs336.Tokenizers;

/// <summary>Turns strings into UTF-8, many short ones to a block.</summary>
internal sealed class StringBlockSource(IEnumerable<string> texts) : TextBlockSource
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly IEnumerator<string> _texts = texts.GetEnumerator();
    private bool _isAtEnd;

    /// <summary>How many strings have been read.</summary>
    public int TextCount { get; private set; }

    public override bool IsAtEnd => _isAtEnd;

    public override bool TryRead(TextBlock block)
    {
        block.Length = 0;
        block.TextEnds.Clear();
        while (!_isAtEnd && block.Length < TextBlock.UsualLength)
        {
            if (!_texts.MoveNext())
            {
                _isAtEnd = true;
                break;
            }
            Append(_texts.Current, block);
            TextCount++;
        }
        block.SourceLength = block.Length;
        return block.Length > 0;
    }

    public override void Dispose() => _texts.Dispose();

    private void Append(string text, TextBlock block)
    {
        try
        {
            block.Reserve(StrictUtf8.GetByteCount(text));
            block.Length += StrictUtf8.GetBytes(text, block.Free);
        }
        catch (EncoderFallbackException e)
        {
            throw new InvalidDataException($"Text {TextCount} holds a lone surrogate at character {e.Index}: repair the string first.", e);
        }
        block.TextEnds.Add(block.Length);
    }
}
