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
    /// All ways to make a piece of two others, the first to apply first. Several ways to make one piece are in the order of the parts' ids,
    /// as in Hugging Face's file of Llama 2.
    /// </summary>
    /// <exception cref="InvalidDataException">The order depends on more than the merges.</exception>
    public static List<(string Left, string Right)> Find(IReadOnlyList<SentencePiece> pieces, string path)
    {
        Dictionary<string, int> ids = [];
        for (int id = 0; id < pieces.Count; id++)
        {
            if (pieces[id].Kind == SentencePieceKind.Normal) ids[pieces[id].Text] = id;
        }
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> lookup = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        List<(string, string)> merges = [];
        List<(int Left, int Right)> parts = [];
        SentencePiece last = default;
        foreach (SentencePiece piece in pieces.Where(IsMerged).OrderByDescending(piece => piece.Score))
        {
            if (piece.Text.Length > MaxPieceLength)
                throw new InvalidDataException(
                    $"{path} has the piece {VocabularyFile.Quote(piece.Text)} of {piece.Text.Length:N0} characters, but pieces have "
                    + $"at most {MaxPieceLength}.");
            parts.Clear();
            for (int cut = 1; cut < piece.Text.Length; cut++)
            {
                if (lookup.TryGetValue(piece.Text.AsSpan(0, cut), out int left)
                    && lookup.TryGetValue(piece.Text.AsSpan(cut), out int right))
                    parts.Add((left, right));
            }
            if (parts.Count == 0) continue;
            merges.AddRange(parts.Order().Select(part => (pieces[part.Left].Text, pieces[part.Right].Text)));
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
