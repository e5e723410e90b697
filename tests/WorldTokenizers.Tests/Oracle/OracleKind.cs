namespace WorldTokenizers.Tests.Oracle;

/// <summary>Which library is asked.</summary>
internal enum OracleKind
{
    /// <summary>Hugging Face's Rust library, which says what a <c>tokenizer.json</c> means.</summary>
    Tokenizers,

    /// <summary>Hugging Face's JavaScript library, which tells ids alone.</summary>
    JavaScript,

    /// <summary>Tiktoken's Rust code, compiled for JavaScript.</summary>
    Tiktoken,
}
