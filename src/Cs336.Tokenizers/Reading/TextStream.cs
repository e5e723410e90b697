namespace Cs336.Tokenizers;

/// <summary>A stream of text that is opened when its turn comes.</summary>
/// <param name="Name">What it is called in an error.</param>
/// <param name="Open">Opens it at its first byte; whoever calls disposes the stream.</param>
/// <param name="Offset">Where in what is called so it begins.</param>
/// <param name="IsUtf8">Whether it is UTF-8 as it stands, of whose first bytes nothing is to be concluded: a part of a text.</param>
internal sealed record TextStream(string Name, Func<Stream> Open, long Offset = 0, bool IsUtf8 = false);
