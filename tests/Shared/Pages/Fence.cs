namespace Cs336.Testing;

/// <summary>A fenced block of a page.</summary>
/// <param name="Page">The page's path.</param>
/// <param name="Line">Of its first line of content, from 1.</param>
/// <param name="Language">What stands behind the opening marks.</param>
/// <param name="Code">The content, without the fence's own indentation.</param>
internal sealed record Fence(string Page, int Line, string Language, string Code);
