using System.Diagnostics;
using System.Security.Cryptography;
using Cs336.Tokenizers;

// A small consumer of the whole library, compiled ahead of time: trains, saves, loads in every format, encodes a file to a
// token file, reads it, and decodes. Exits with 1 where anything differs.
string folder = Directory.CreateTempSubdirectory("aot-tokenizer-").FullName;
try
{
    string textPath = args.Length > 0 ? args[0] : Path.Combine(folder, "text.txt");
    if (args.Length == 0)
        File.WriteAllText(
            textPath, string.Concat(Enumerable.Range(0, 2000).Select(i => $"Line {i}: isn't 日本語 naïve 🙂?\n<|endoftext|>\n")));

    Stopwatch clock = Stopwatch.StartNew();
    BpeModel model = args.Length > 1
        ? BpeModel.Load(args[1])
        : new BpeTrainer(new BpeTrainerOptions { VocabSize = 500 }).Train(textPath);
    Console.WriteLine($"{(args.Length > 1 ? "loaded" : "trained")} {model.VocabSize} tokens in {clock.Elapsed.TotalSeconds:0.00} s");

    string both = Path.Combine(folder, "both"), json = Path.Combine(folder, "json"), ranks = Path.Combine(folder, "ranks.tiktoken");
    model.Save(both);
    model.Save(json);
    File.Delete(Path.Combine(json, "vocab.json"));
    TiktokenFile.Save(model, ranks);

    byte[] text = File.ReadAllBytes(textPath);
    BpeModel[] loaded =
        [model, BpeModel.Load(both), BpeModel.Load(json), TiktokenFile.Load(ranks, model.SpecialTokens, PreTokenizers.Gpt2)];
    foreach (BpeModel each in loaded)
    {
        BpeTokenizer tokenizer = new(each);
        string path = Path.Combine(folder, "ids.npy");
        clock.Restart();
        long count = tokenizer.EncodeFile(textPath, path);
        double seconds = clock.Elapsed.TotalSeconds;
        using TokenFile file = TokenFile.Open(path);
        int[] ids = new int[file.Length];
        file.Read(0, ids);
        if (!tokenizer.DecodeBytes(ids).AsSpan().SequenceEqual(text)) throw new InvalidDataException("The ids do not decode to the text.");
        string hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path).AsSpan()[^(ids.Length * file.BytesPerId)..]));
        Console.WriteLine(
            $"{text.Length:N0} bytes to {count:N0} ids and back, {text.Length / 1e6 / seconds:0.0} MB/s, SHA-256 of ids {hash}");
    }
    return 0;
}
catch (Exception e) when (e is InvalidDataException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}
