namespace Cs336.Tokenizers;

/// <summary>A stream of text that is opened when its turn comes.</summary>
/// <param name="Name">What it is called in an error.</param>
/// <param name="Open">Opens it.</param>
internal sealed record TextStream(string Name, Func<Stream> Open);
