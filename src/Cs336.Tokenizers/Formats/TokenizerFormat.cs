namespace Cs336.Tokenizers;

/// <summary>The kinds of files in which tokenizers come.</summary>
public enum TokenizerFormat
{
    /// <summary>None that is known here.</summary>
    Unknown,

    /// <summary>Hugging Face's <c>tokenizer.json</c>, alone or in a folder.</summary>
    HuggingFace,

    /// <summary>GPT-2's <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    Gpt2,

    /// <summary>A rank file of tiktoken.</summary>
    Tiktoken,

    /// <summary>SentencePiece's <c>tokenizer.model</c>.</summary>
    SentencePiece,

    /// <summary>A list of words, one on a line: the <c>vocab.txt</c> of BERT's WordPiece.</summary>
    WordList,

    /// <summary>An encoding of tiktoken in the JSON that packages for JavaScript carry.</summary>
    TiktokenJson,

    /// <summary>Mistral's <c>tekken.json</c>.</summary>
    Tekken,
}
