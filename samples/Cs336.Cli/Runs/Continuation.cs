using System.Text;
using Cs336.Inference;
using Cs336.Tokenizers;

namespace Cs336.Cli;

/// <summary>Continues prompts of text or of ids, and shows each piece as it comes.</summary>
internal sealed class Continuation(ILanguageModel model, ITokenizer? tokenizer, GenerationOptions options)
{
    public Continued OfText(string prompt, TextOutput output, CancellationToken stopping)
    {
        using TextGenerator generator = new(tokenizer!, model, options);
        IEnumerable<GeneratedText> pieces = generator.Stream(prompt, cancellationToken: stopping);
        output.Piece(prompt);
        return Show(pieces, output);
    }

    public Continued OfIds(int[] prompt, TextOutput output, CancellationToken stopping)
    {
        if (tokenizer is null)
        {
            GeneratedToken[] tokens = [.. new TokenGenerator(model).Generate(prompt, options, cancellationToken: stopping)];
            return new Continued("", [.. tokens.Select(token => token.Id)], tokens[^1].FinishReason);
        }
        using TextGenerator generator = new(tokenizer, model, options);
        return Show(generator.Stream(prompt, cancellationToken: stopping), output);
    }

    private static Continued Show(IEnumerable<GeneratedText> pieces, TextOutput output)
    {
        StringBuilder text = new();
        List<int> ids = [];
        FinishReason? finish = null;
        foreach (GeneratedText piece in pieces)
        {
            output.Piece(piece.Text);
            text.Append(piece.Text);
            ids.AddRange(piece.LogProbabilities.Select(token => token.Drawn.Id));
            finish = piece.FinishReason;
        }
        return new Continued(text.ToString(), ids, finish);
    }
}
