namespace Cs336.Training;

/// <summary>Where a window of tokens begins.</summary>
/// <param name="Text">Which text of the mixture, from 0.</param>
/// <param name="Start">Position of its first token in that text.</param>
public readonly record struct TokenWindow(int Text, long Start);
