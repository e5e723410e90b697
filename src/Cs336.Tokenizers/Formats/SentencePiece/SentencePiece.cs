namespace Cs336.Tokenizers;

/// <summary>One piece of a SentencePiece model.</summary>
/// <param name="Text">How it is spelled: U+2581 stands for a space.</param>
/// <param name="Score">Of two merges the one whose result has the higher score goes first.</param>
/// <param name="Kind">What it is.</param>
internal readonly record struct SentencePiece(string Text, float Score, SentencePieceKind Kind);
