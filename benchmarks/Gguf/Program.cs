using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cs336.Benchmarks;
using Cs336.Benchmarks.Gguf;
using Cs336.Inference;
using LLama.Native;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
NativeLibraryConfig.All.WithLogCallback((_, _) => { });
switch (args)
{
    case ["compare", string output, .. string[] rest]:
        return Compare(output, rest.Length > 0 ? int.Parse(rest[0]) : 40);
    case ["large", .. string[] types]:
        return Large(types.Length > 0 ? types : ["q8_0", "f16"]);
    case ["large-export", string folder, string type]:
        return LargeExport(folder, type);
    default:
        Console.Error.WriteLine("""
            compare OUTPUT [ROUNDS]   decoding and prompts of one file here and in llama.cpp, in turns, into a file or a folder
            large [TYPE ...]          memory that writing a model of a billion parameters takes, and how fast it opens
            """);
        return 2;
}

static int Compare(string output, int rounds)
{
    string folder = Directory.CreateTempSubdirectory("gguf-").FullName;
    try
    {
        RandomModel.Write(RandomModel.Medium, folder);
        StringBuilder text = new();
        text.AppendLine($"""
            # GGUF files here and in llama.cpp: {Machine.Title}

            A model of {ParameterCount.Of(RandomModel.Medium).Total / 1e6:0} million parameters with random weights (d_model 768, 12 layers, d_ff 2048, vocabulary 16,384).
            `CpuLanguageModel` has the file mapped; llama.cpp is that of LLamaSharp 0.30.0 and its CPU backend. Both in one process, in turns: 24 tokens one by
            one, and a prompt of 128 in one pass. Medians of {rounds} turns, tokens/s; "times" are medians of the ratios of neighbouring turns. {Machine.Software},
            {DateTime.UtcNow:yyyy-MM-dd}.

            | | threads | tokens/s | llama.cpp | times | prompt, tokens/s | llama.cpp | times |
            |---|---|---|---|---|---|---|---|
            """);
        foreach (GgufType type in (GgufType[])[GgufType.Q8_0, GgufType.Q4_0])
        {
            string path = Path.Combine(folder, $"{type}.gguf");
            GgufExport.Write(folder, RandomModel.Tokenizer, path, new GgufExportOptions { Type = type });
            foreach (int threads in (int[])[1, Math.Min(2, Environment.ProcessorCount)])
            {
                Turns.Result result = Turns.Run(path, threads, rounds);
                string line = $"| {type} | {threads} | {result.Ours:N0} | {result.Theirs:N0} | {result.Ratio:0.00} "
                    + $"| {result.OurPrompt:N0} | {result.TheirPrompt:N0} | {result.PromptRatio:0.00} |";
                Console.WriteLine(line);
                text.AppendLine(line);
            }
        }
        File.WriteAllText(Machine.ResultsFile(output, "gguf"), text.ToString());
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static int Large(string[] types)
{
    string folder = Directory.CreateTempSubdirectory("gguf-").FullName;
    try
    {
        RandomModel.Write(RandomModel.Large, folder);
        long source = new FileInfo(Path.Combine(folder, "model.safetensors")).Length;
        Console.WriteLine($"{ParameterCount.Of(RandomModel.Large).Total / 1e6:0} million parameters, {source / 1e9:0.00} GB of float32");
        foreach (string type in types)
        {
            string path = Path.Combine(folder, $"{type}.gguf");
            // In a process of its own, whose peak is the writing's.
            using Process writer = Process.Start(Environment.ProcessPath!, ["large-export", folder, type]);
            writer.WaitForExit();
            if (writer.ExitCode != 0) return 1;
            List<double> seconds = [];
            for (int i = 0; i < 7; i++)
            {
                Stopwatch clock = Stopwatch.StartNew();
                using CpuLanguageModel model = CpuLanguageModel.Load(path, new CpuModelOptions { MapWeights = true });
                seconds.Add(clock.Elapsed.TotalSeconds);
            }
            Console.WriteLine(
                $"{type}: {new FileInfo(path).Length / 1e9:0.00} GB open in {1000 * Turns.Median(seconds):0.0} ms, the first time in "
                + $"{1000 * seconds[0]:0.0}");
            File.Delete(path);
        }
        return 0;
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static int LargeExport(string folder, string type)
{
    Stopwatch clock = Stopwatch.StartNew();
    GgufExport.Write(folder, RandomModel.Tokenizer, Path.Combine(folder, $"{type}.gguf"),
        new GgufExportOptions { Type = Enum.Parse<GgufType>(type, ignoreCase: true) });
    Console.WriteLine(
        $"{type}: written in {clock.Elapsed.TotalSeconds:0} s, the process took at most "
        + $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:0} MB");
    return 0;
}
