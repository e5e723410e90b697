namespace Cs336.Tokenizers;

/// <summary>SentencePiece's own files (<c>tokenizer.model</c>), of BPE models: those of Llama 2, Mistral, Gemma and others.</summary>
/// <remarks>
/// Ids are those of SentencePiece: a map of characters, extra spaces, the space before or after a text, user-defined pieces and bytes for
/// what has no piece are followed. What is different: malformed UTF-8 is encoded byte by byte, where SentencePiece puts U+FFFD; and control
/// pieces, such as
/// <c>&lt;s&gt;</c>, are special tokens, which <see cref="SpecialTokenHandling"/> can allow in text.
/// <para>
/// Decoding takes one space away from the start of a text, where SentencePiece, where it removes extra spaces, takes all: there are several
/// only where a text began with U+2581 itself.
/// </para>
/// <para>The file does not say which ids a model expects around a text, so the template is empty.</para>
/// </remarks>
public static class SentencePieceFile
{
    /// <summary>Loads a model.</summary>
    /// <param name="path">Where the file is.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged, or holds another model than BPE, or one whose ids would differ; the message names it and says why.
    /// </exception>
    public static BpeModel Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no {path}: name a SentencePiece model.", path);
        return new BpeModel(SentencePieceVocabulary.Read(path, specialTokens: null, preTokenizer: null));
    }
}
