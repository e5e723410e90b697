namespace Cs336.Inference;

/// <summary>Keys of GGUF files, values of theirs that this library writes and reads, and names of tensors.</summary>
internal static class GgufNames
{
    public const string Architecture = "general.architecture", Name = "general.name", FileType = "general.file_type";
    public const string QuantizationVersion = "general.quantization_version", Alignment = "general.alignment";
    public const string Sampling = "general.sampling.";

    public const string Llama = "llama";
    public const string VocabSize = "llama.vocab_size", ContextLength = "llama.context_length", Width = "llama.embedding_length";
    public const string Layers = "llama.block_count", Inner = "llama.feed_forward_length", Heads = "llama.attention.head_count";
    public const string KeyValueHeads = "llama.attention.head_count_kv", Epsilon = "llama.attention.layer_norm_rms_epsilon";
    public const string Rotated = "llama.rope.dimension_count", RopeTheta = "llama.rope.freq_base";

    public const string TokenizerModel = "tokenizer.ggml.model", Gpt2 = "gpt2", Pre = "tokenizer.ggml.pre";
    public const string Tokens = "tokenizer.ggml.tokens", TokenTypes = "tokenizer.ggml.token_type", Merges = "tokenizer.ggml.merges";
    public const string End = "tokenizer.ggml.eos_token_id", Begin = "tokenizer.ggml.bos_token_id";
    public const string AddsBegin = "tokenizer.ggml.add_bos_token", ChatTemplate = "tokenizer.chat_template";

    /// <summary>Tensors outside the layers.</summary>
    public const string EmbeddingsTensor = "token_embd.weight", FinalNormTensor = "output_norm.weight", HeadTensor = "output.weight";
}
