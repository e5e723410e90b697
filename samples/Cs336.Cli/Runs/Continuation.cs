using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>Continues prompts of text or of ids, and shows each piece as it comes.</summary>
internal sealed class Continuation(ILanguageModel model, ITokenizer? tokenizer, GenerationOptions options)
{
    public async Task<Continued> OfTextAsync(string prompt, TextOutput output, CancellationToken stopping)
    {
        using TextGenerator generator = new(tokenizer!, model, options);
        StringBuilder text = new();
        List<int> ids = [];
        FinishReason? finish = null;
        output.Piece(prompt);
        await foreach (GeneratedText piece in generator.StreamAsync(prompt, options, stopping))
        {
            output.Piece(piece.Text);
            text.Append(piece.Text);
            ids.AddRange(piece.LogProbabilities.Select(token => token.Drawn.Id));
            finish = piece.FinishReason;
        }
        return new Continued(text.ToString(), ids, finish);
    }

    public Continued OfIds(int[] prompt, TextOutput output, CancellationToken stopping)
    {
        HashSet<int> stopIds = [.. options.StopTokens.Where(token => tokenizer?.SpecialTokens.ContainsKey(token) == true).Select(token => tokenizer!.SpecialTokens[token])];
        StreamingDecoder? decoder = tokenizer is null ? null : new StreamingDecoder(tokenizer);
        StringBuilder text = new();
        List<int> ids = [];
        FinishReason? finish = null;
        foreach (GeneratedToken token in new TokenGenerator(model).Generate(prompt, options, stopIds, stopping))
        {
            ids.Add(token.Id);
            finish = token.FinishReason;
            string piece = decoder is null || finish == FinishReason.StopToken ? "" : decoder.Append(token.Id);
            if (finish is not null) piece += decoder?.Flush();
            output.Piece(piece);
            text.Append(piece);
        }
        return new Continued(text.ToString(), ids, finish);
    }
}
