namespace Cs336.Inference;

/// <summary>One question of a task.</summary>
/// <param name="Context">What comes before; empty for a text from its beginning.</param>
/// <param name="Choices">What may go on from it, without the space between them: two or more, or of a cloze the one text.</param>
/// <param name="Answer">The place of the right choice, from 0.</param>
/// <param name="Line">Its line in the file, from 1.</param>
public sealed record TaskQuestion(string Context, IReadOnlyList<string> Choices, int Answer, int Line);
