namespace Cs336.Tokenizers.Benchmarks;

/// <summary>Text and vocabulary for the benchmarks: those of the environment where it names them, else made ones.</summary>
internal static class BenchmarkData
{
    private const int TextBytes = 4 << 20;

    /// <summary>The first 4 MiB of the file that <c>CS336_BENCHMARK_TEXT</c> names, else of words with Zipf's frequencies.</summary>
    public static byte[] Text { get; } = Environment.GetEnvironmentVariable("CS336_BENCHMARK_TEXT") is string path
        ? ReadStart(path)
        : MakeText();

    /// <summary>GPT-2's model in the folder that <c>CS336_GPT2</c> names, else one trained on the text.</summary>
    public static BpeModel Model { get; } = Environment.GetEnvironmentVariable("CS336_GPT2") is string folder
        ? BpeModel.Load(folder)
        : new BpeTrainer(new BpeTrainerOptions { VocabSize = 10_000 }).Train(new MemoryStream(Text));

    private static byte[] ReadStart(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, TextBytes)];
        file.ReadExactly(bytes);
        return bytes[..(Array.LastIndexOf(bytes, (byte)'\n') + 1)];
    }

    private static byte[] MakeText()
    {
        Random random = new(1);
        byte[][] words = [.. Enumerable.Range(0, 40_000).Select(_ => MakeWord(random))];
        using MemoryStream text = new();
        while (text.Length < TextBytes)
        {
            int rank = (int)Math.Pow(words.Length, random.NextDouble());
            text.Write(words[rank - 1]);
            text.Write(random.Next(12) switch { 0 => ", "u8, 1 => ".\n"u8, 2 => "'s "u8, _ => " "u8 });
        }
        return text.ToArray();
    }

    private static byte[] MakeWord(Random random)
    {
        byte[] word = new byte[1 + random.Next(5) + random.Next(5)];
        for (int i = 0; i < word.Length; i++) word[i] = (byte)('a' + Math.Min(random.Next(26), random.Next(26)));
        return word;
    }
}
