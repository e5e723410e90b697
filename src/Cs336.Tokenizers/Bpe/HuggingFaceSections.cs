namespace Cs336.Tokenizers;

/// <summary>Parts of a <c>tokenizer.json</c> as JSON, kept so that saving writes what was loaded.</summary>
/// <param name="Normalizer">What is done to text.</param>
/// <param name="PreTokenizer">What cuts it.</param>
/// <param name="PostProcessor">What is put around its ids.</param>
/// <param name="Decoder">How ids become text.</param>
internal sealed record HuggingFaceSections(string Normalizer, string PreTokenizer, string PostProcessor, string Decoder);
