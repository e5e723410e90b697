using System.Globalization;
using Cs336.Alphabet;
using Cs336.Tokenizers;

namespace Cs336.Inference;

/// <summary>A tokenizer as a GGUF file has it: every id of the model as a text with a type, and merges as texts.</summary>
internal sealed class GgufVocabulary
{
    private readonly BpeModel _model;
    private readonly string _pre = "";
    private readonly int _end = -1;
    private readonly string[] _tokens;
    private readonly int[] _types;

    /// <param name="model">The tokenizer, whose tokens are spelled as such files do.</param>
    /// <param name="vocabSize">The model's, which may be greater than the tokenizer's.</param>
    /// <param name="endToken">What ends a text; null to find out.</param>
    /// <param name="problems">Receives a sentence for everything that such a file cannot hold.</param>
    public GgufVocabulary(BpeModel model, int vocabSize, string? endToken, ICollection<string> problems)
    {
        _model = model;
        _tokens = new string[vocabSize];
        _types = new int[vocabSize];
        if (model.VocabSize > vocabSize)
            problems.Add($"the tokenizer has {model.VocabSize} tokens, but the model's vocab_size is {vocabSize}: it is another model's");
        if (!model.IsOverBytes)
        {
            problems.Add("the tokenizer's tokens are made of characters, as SentencePiece's are: only those made of bytes can be exported");
            return;
        }
        if (model.ChangesText)
            problems.Add("the tokenizer changes text before it cuts it, which llama.cpp does not do with such tokenizers");
        if (Enumerable.Range(0, 256).Any(value => model.GetByteId((byte)value) < 0))
            problems.Add("the tokenizer lacks tokens for some of the 256 bytes, so that llama.cpp would leave text out");
        if (GgufPatterns.NameOf(model, out string problem) is string pre) _pre = pre;
        else problems.Add(problem);
        _end = TextEnds.Of(model, endToken, problems).End?.Id ?? -1;
        if (model.VocabSize <= vocabSize) Spell(problems);
    }

    /// <summary>Writes the keys.</summary>
    public void Write(GgufKeyWriter keys)
    {
        keys.Add(GgufNames.TokenizerModel, GgufNames.Gpt2);
        keys.Add(GgufNames.Pre, _pre);
        keys.Add(GgufNames.Tokens, _tokens);
        keys.Add(GgufNames.TokenTypes, _types);
        keys.Add(GgufNames.Merges, [.. _model.Merges.Select(merge => $"{_tokens[merge.Left]} {_tokens[merge.Right]}")]);
        keys.Add(GgufNames.End, (uint)_end);
        keys.Add(GgufNames.Begin, (uint)(_model.Template.Before is [int begin] ? begin : _end));
        keys.Add(GgufNames.AddsBegin, false); // nor does training
    }

    private void Spell(ICollection<string> problems)
    {
        for (int id = 0; id < _tokens.Length; id++)
        {
            ReadOnlySpan<byte> bytes = id < _model.VocabSize ? _model.GetTokenBytes(id) : [];
            _tokens[id] = bytes.Length > 0 ? Gpt2ByteAlphabet.Spell(bytes) : string.Create(CultureInfo.InvariantCulture, $"[PAD{id}]");
            _types[id] = (int)(bytes.Length > 0 ? GgufTokenType.Normal : GgufTokenType.Unused);
        }
        foreach (AddedToken token in _model.AddedTokens)
        {
            _tokens[token.Id] = token.Text;
            _types[token.Id] = (int)(token.IsSpecial ? GgufTokenType.Control : GgufTokenType.UserDefined);
            if (token.TakesSpaceBefore || token.TakesSpaceAfter || token.IsSingleWord)
                problems.Add(
                    $"the added token '{token.Text}' takes in space around it or counts as a whole word only, which llama.cpp cannot do");
        }
        Dictionary<string, int> seen = new(_tokens.Length);
        for (int id = 0; id < _tokens.Length; id++)
        {
            if (seen.TryAdd(_tokens[id], id)) continue;
            problems.Add($"the tokens {seen[_tokens[id]]} and {id} are both spelled '{_tokens[id]}'");
            break;
        }
    }
}
