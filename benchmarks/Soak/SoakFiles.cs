using System.Text;
using Cs336.Tokenizers;

namespace Soak;

/// <summary>A folder with a text, its tokenizer and tokens, and the runs that learn from them.</summary>
internal sealed class SoakFiles(string folder)
{
    private static readonly string[] Who = ["a cat", "the dog", "my mother", "an old king", "nobody", "the baker"],
        Does = ["sees", "feeds", "hides from", "sings to", "draws"];

    public string Folder => folder;

    public string Tokenizer => Path.Combine(folder, "tokenizer");

    public string Tokens => Path.Combine(folder, "tokens.npy");

    /// <summary>The run that is disturbed.</summary>
    public string Run => Path.Combine(folder, "run");

    /// <summary>The run that is not.</summary>
    public string Undisturbed => Path.Combine(folder, "undisturbed");

    /// <summary>Makes all but the runs.</summary>
    public void Make()
    {
        Random random = new(1);
        StringBuilder text = new();
        for (int i = 0; i < 5_000; i++)
            text.Append($"Today {random.GetItems(Who, 1)[0]} {random.GetItems(Does, 1)[0]} {random.GetItems(Who, 1)[0]}, "
                + $"{random.Next(100)} times.\n<|endoftext|>\n");
        string corpus = Path.Combine(folder, "text.txt");
        File.WriteAllText(corpus, text.ToString());
        BpeModel model = new BpeTrainer(new BpeTrainerOptions { VocabSize = 320, SpecialTokens = ["<|endoftext|>"] }).Train(corpus);
        model.Save(Tokenizer);
        new BpeTokenizer(model).EncodeFile(corpus, Tokens);
    }
}
