namespace Cs336.Tokenizers;

/// <summary>One token of a vocabulary.</summary>
/// <param name="Id">Its id in the vocabulary.</param>
/// <param name="ByteLength">How many bytes it stands for.</param>
/// <param name="Text">Its text; bytes that are not valid UTF-8 by themselves are U+FFFD.</param>
public sealed record TokenSummary(int Id, int ByteLength, string Text);
