namespace Cs336.Tokenizers;

/// <summary>
/// The merges of a SentencePiece BPE model. Its file has none: any two neighbours merge whose texts together are a piece, and that with the
/// highest score goes first.
/// </summary>
internal static class SentencePieceMerges
{
    /// <summary>
    /// More characters than SentencePiece allows; all ways to cut a piece take time in proportion to the square of its length.
    /// </summary>
    private const int MaxPieceLength = 512;

    /// <summary>
    /// All ways to make a piece of two, the first to apply first; of one piece's those with the longer left part, as Hugging Face has them.
    /// </summary>
    /// <exception cref="InvalidDataException">The order depends on more than the merges.</exception>
    public static List<(string Left, string Right)> Find(IReadOnlyList<SentencePiece> pieces, string path)
    {
        HashSet<string> texts = [.. pieces.Where(piece => piece.Kind == SentencePieceKind.Normal).Select(piece => piece.Text)];
        HashSet<string>.AlternateLookup<ReadOnlySpan<char>> lookup = texts.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(string, string)> merges = [];
        SentencePiece last = default;
        foreach (SentencePiece piece in pieces.Where(IsMerged).OrderByDescending(piece => piece.Score))
        {
            if (piece.Text.Length > MaxPieceLength)
                throw new InvalidDataException(
                    $"{path} has the piece {VocabularyFile.Quote(piece.Text)} of {piece.Text.Length:N0} characters, but pieces have "
                    + $"at most {MaxPieceLength}.");
            int before = merges.Count;
            for (int cut = piece.Text.Length - 1; cut > 0; cut--)
            {
                if (lookup.TryGetValue(piece.Text.AsSpan(0, cut), out string? left)
                    && lookup.TryGetValue(piece.Text.AsSpan(cut), out string? right))
                    merges.Add((left, right));
            }
            if (merges.Count == before) continue;
            if (last.Text is not null && last.Score == piece.Score)
                throw new InvalidDataException(
                    $"{path} gives the pieces {VocabularyFile.Quote(last.Text)} and {VocabularyFile.Quote(piece.Text)} one score, so that "
                    + "which is merged first depends on where they stand in a text, and merges in one order give other ids. Load the "
                    + $"model's {HuggingFaceTokenizerJson.FileName}, if there is one: it has an order.");
            last = piece;
        }
        return merges;
    }

    private static bool IsMerged(SentencePiece piece) => piece.Kind == SentencePieceKind.Normal
        && !(piece.Text.Length == 1 || (piece.Text.Length == 2 && char.IsSurrogatePair(piece.Text, 0)));
}
