using Cs336.Tokenizers;
using Cs336.Vocabularies;

namespace Cs336.Inference;

/// <summary>
/// A <see cref="GenerationSequence"/> together with its text: each token is decoded into a piece of text that never splits a character, and
/// the text ends before a stop string. Not safe for use by several threads at once.
/// </summary>
public sealed class TextSequence : IDisposable
{
    private readonly StreamingDecoder _decoder;
    private readonly StopStringMatcher _stopStrings;
    private List<TokenLogProbabilities>? _logProbabilities;
    private int _newTokens;

    /// <summary>Begins a text.</summary>
    /// <param name="tokenizer">The tokenizer that the model was trained with.</param>
    /// <param name="model">
    /// Computes what may follow; its vocabulary is the tokenizer's, or up to a hundredth larger: ids beyond the tokenizer's are not drawn.
    /// </param>
    /// <param name="prompt">The text to continue; not empty, and shorter than the model's context.</param>
    /// <param name="options">How to draw; copied.</param>
    /// <exception cref="ArgumentException">The prompt is empty or too long, or the options are not sound: the message lists every
    /// problem.</exception>
    /// <exception cref="InvalidOperationException">Tokenizer and model have different vocabularies.</exception>
    public TextSequence(ITokenizer tokenizer, ILanguageModel model, string prompt, GenerationOptions options)
        : this(tokenizer, model, Encode(tokenizer, prompt, options), options) { }

    /// <summary>Begins a text whose prompt is given as ids.</summary>
    /// <inheritdoc cref="TextSequence(ITokenizer, ILanguageModel, string, GenerationOptions)"/>
    public TextSequence(ITokenizer tokenizer, ILanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CheckVocabulary(tokenizer, model);
        HashSet<int> stopIds = [];
        foreach (string token in options.StopTokens ?? [])
            if (tokenizer.SpecialTokens.TryGetValue(token, out int id)) stopIds.Add(id);
        Tokens = new GenerationSequence(model, prompt, options, stopIds, tokenizer.VocabSize);
        _decoder = new StreamingDecoder(tokenizer, isContinuation: true);
        _stopStrings = new StopStringMatcher(options.StopStrings);
    }

    /// <summary>The sequence of the text's tokens: what the model computes next, and what was drawn.</summary>
    public GenerationSequence Tokens { get; }

    /// <summary>Why the text ended, or null while it goes on.</summary>
    public FinishReason? FinishReason => Tokens.FinishReason;

    /// <summary>Draws the next token and returns the text that it completes, which may be empty.</summary>
    /// <param name="logits">What the model gave for <see cref="GenerationSequence.Pending"/>; changed in place.</param>
    /// <exception cref="ArgumentException">The logits cannot be drawn from.</exception>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    public GeneratedText Accept(Span<float> logits) => Take(Tokens.Accept(logits));

    /// <summary>
    /// The piece of text that a token of <see cref="Tokens"/> completes; where it completes a stop string, the sequence ends.
    /// </summary>
    internal GeneratedText Take(GeneratedToken token)
    {
        _newTokens++;
        if (token.LogProbabilities is not null) (_logProbabilities ??= []).Add(token.LogProbabilities);
        string text = _stopStrings.Append(token.FinishReason is Inference.FinishReason.StopToken ? "" : _decoder.Append(token.Id));
        if (token.FinishReason is not null && !_stopStrings.Found) text += _stopStrings.Append(_decoder.Flush());
        if (_stopStrings.Found) Tokens.Finish(Inference.FinishReason.StopString);
        else if (token.FinishReason is not null) text += _stopStrings.Flush();
        return MakePiece(text);
    }

    /// <summary>Ends the text now, for a reason that the caller gives.</summary>
    /// <param name="reason">What <see cref="FinishReason"/> then says.</param>
    /// <returns>The last piece: what was held back.</returns>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    public GeneratedText End(FinishReason reason)
    {
        if (FinishReason is not null) throw new InvalidOperationException($"The text has ended before ({FinishReason}).");
        string text = _stopStrings.Append(_decoder.Flush());
        Tokens.Finish(reason);
        return MakePiece(_stopStrings.Found ? text : text + _stopStrings.Flush());
    }

    /// <summary>Gives the model's cache back.</summary>
    public void Dispose() => Tokens.Dispose();

    /// <summary>Tokens that complete no text yet are counted with the next piece that has some.</summary>
    private GeneratedText MakePiece(string text)
    {
        GeneratedText piece = new(text, FinishReason) { PromptTokens = Tokens.History.PromptLength };
        if (text.Length == 0 && FinishReason is null) return piece;
        piece = piece with { NewTokens = _newTokens, LogProbabilities = _logProbabilities ?? GeneratedText.NoLogProbabilities };
        _newTokens = 0;
        _logProbabilities = null;
        return piece;
    }

    /// <summary>Tells what the constructor would refuse, for callers that begin the text later.</summary>
    internal static void Check(ITokenizer tokenizer, ILanguageModel model, ReadOnlySpan<int> prompt, GenerationOptions options)
    {
        CheckVocabulary(tokenizer, model);
        GenerationSequence.Check(model, prompt, options);
    }

    private static void CheckVocabulary(ITokenizer tokenizer, ILanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(model);
        if (!VocabularyFit.Fits(tokenizer.VocabSize, model.VocabSize))
            throw new InvalidOperationException(VocabularyFit.Problem(tokenizer.VocabSize, model.VocabSize));
    }

    /// <summary>The ids of a prompt.</summary>
    internal static int[] Encode(ITokenizer tokenizer, string prompt, GenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(options);
        return tokenizer.Encode(prompt, options.AllowSpecialTokensInPrompt ? SpecialTokenHandling.Allow : SpecialTokenHandling.Ignore);
    }
}
