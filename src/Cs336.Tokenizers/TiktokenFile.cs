namespace Cs336.Tokenizers;

/// <summary>
/// Tiktoken's rank files (<c>r50k_base.tiktoken</c> and the like): a line for each token, its bytes in base64 and its id,
/// which is also its rank among merges. The merges themselves are not in the file, and are worked out from the ranks.
/// </summary>
/// <remarks>
/// The file holds neither special tokens nor the pattern that cuts text: both come from the encoding, which is named when a file is
/// loaded, or recognised where it is one that was published by that name. Models encode alike here and in tiktoken, those included that
/// have tokens which no merge makes.
/// </remarks>
public static class TiktokenFile
{
    /// <summary>Loads a rank file.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="encoding">The pattern and the special tokens; see <see cref="TiktokenEncoding.Get"/>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line.
    /// </exception>
    public static BpeModel Load(string path, TiktokenEncoding encoding)
    {
        ArgumentNullException.ThrowIfNull(encoding);
        return Load(path, encoding.SpecialTokens, encoding.PreTokenizer);
    }

    /// <summary>Loads a rank file.</summary>
    /// <param name="path">Where the file is.</param>
    /// <param name="specialTokens">
    /// The text and id of each special token; those of the file's encoding where null and it is recognised, none where it is not.
    /// </param>
    /// <param name="preTokenizer">What cuts text before merging; that of the file's encoding where null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or is not a whole byte-level BPE vocabulary; the message names the line. Or it is none of those that tiktoken's
    /// authors published, and <paramref name="preTokenizer"/> is null: any pattern could be meant, and another one gives other ids.
    /// </exception>
    public static BpeModel Load(
        string path, IReadOnlyDictionary<string, int>? specialTokens = null, IPreTokenizer? preTokenizer = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no {path}: name a tiktoken rank file.", path);
        return new BpeModel(TiktokenRanks.Read(path, specialTokens, preTokenizer));
    }

    /// <summary>
    /// Writes a model's ordinary tokens as a rank file, which appears whole or not at all. Special tokens are not part of such
    /// files.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The model cannot be told by its ranks alone: its merges are not in the order of ids, or lead elsewhere.
    /// </exception>
    public static void Save(BpeModel model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        TiktokenRanks.Write(model.Vocabulary, path);
    }
}
