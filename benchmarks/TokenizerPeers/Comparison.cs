using Cs336.Tokenizers;

namespace Cs336.Benchmarks.TokenizerPeers;

/// <summary>Runs every contestant in turns, round after round, and writes the tables.</summary>
internal static class Comparison
{
    private const int TrainedSize = 30_000;

    public static int Run(ComparisonOptions options)
    {
        string work = Directory.CreateTempSubdirectory("tokenizer-peers-").FullName;
        try
        {
            // The peers' own formats are written by the library under test: that they load and give the same ids tests it too.
            BpeModel gpt2 = BpeModel.Load(options.Gpt2);
            gpt2.Save(work);
            TiktokenFile.Save(gpt2, Path.Combine(work, "gpt2.tiktoken"));

            Contestant[] encoders = MakeEncoders(options, work);
            Contestant[] fileEncoders = MakeFileEncoders(options, work);
            Contestant[] trainers = options.Trains ? MakeTrainers(options, work) : [];
            Contestant[] warmTrainers = options.Trains ? [Own("train", options.Text, "10000", Path.Combine(work, "trained-10k"), "3")] : [];
            Contestant[] worstCases = [.. WorstCases.Names.Select(name => new Contestant(name, Environment.ProcessPath!, ["worker", "worst-case", name, work]))];
            for (int round = 0; round < options.Rounds; round++)
            {
                Console.WriteLine($"round {round + 1} of {options.Rounds}");
                foreach (Contestant encoder in encoders) encoder.Run(options.Npm, round == 0 ? "yes" : "no");
                foreach (Contestant other in (Contestant[])[.. fileEncoders, .. trainers, .. warmTrainers, .. worstCases]) other.Run(options.Npm);
            }

            string formats = FormatCheck.Run(gpt2, work, options.Npm);
            string report = Report.Write(options, encoders, formats, fileEncoders, trainers, warmTrainers, worstCases);
            Console.WriteLine();
            Console.WriteLine(report);
            if (options.Output is not null) File.WriteAllText(options.Output, report);
            return Report.IdsAgree(encoders) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static Contestant[] MakeEncoders(ComparisonOptions options, string work)
    {
        string all = long.MaxValue.ToString();
        string slow = options.SlowBytes.ToString();
        string[] Own(string peer, string bytes) => ["worker", "encode", peer, options.Text, bytes, work];
        string[] Npm(string peer) => [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "encode", peer, options.Text, slow, work];
        return
        [
            new("Cs336.Tokenizers", Environment.ProcessPath!, Own("cs336", all)),
            new("Cs336.Tokenizers without AVX-512", Environment.ProcessPath!, Own("cs336", all), new() { ["DOTNET_EnableAVX512"] = "0", ["DOTNET_EnableAVX512F"] = "0" }),
            new("Cs336.Tokenizers without SIMD", Environment.ProcessPath!, Own("cs336", all), new() { ["DOTNET_EnableHWIntrinsic"] = "0" }),
            new("Cs336.Tokenizers on the sample", Environment.ProcessPath!, Own("cs336", slow)),
            new("SharpToken 2.0.6", Environment.ProcessPath!, Own("sharptoken", all)),
            new("Microsoft.ML.Tokenizers 2.0.1 (Tiktoken)", Environment.ProcessPath!, Own("microsoft", all)),
            new("gpt-tokenizer 4.0.0 (JS)", "node", Npm("gpt-tokenizer")),
            new("tiktoken 1.0.22 (wasm)", "node", Npm("tiktoken")),
            new("Hugging Face tokenizers 0.23.2 (Rust, from Node)", "node", Npm("tokenizers")),
        ];
    }

    private static Contestant[] MakeFileEncoders(ComparisonOptions options, string work)
    {
        Contestant all = Own("encode-file", options.Text, work, Path.Combine(work, "ids.npy"));
        return
        [
            new($"Cs336.Tokenizers, {Environment.ProcessorCount} threads", all.Program, all.Arguments),
            new("Cs336.Tokenizers, 1 thread", all.Program, all.Arguments, new() { ["DOTNET_PROCESSOR_COUNT"] = "1" }),
        ];
    }

    private static Contestant[] MakeTrainers(ComparisonOptions options, string work) =>
    [
        new("Cs336.Tokenizers", options.TrainCommand, Training(options, work)),
        new("Cs336.Tokenizers, compiled ahead of time", options.AheadOfTimeTrainCommand, Training(options, work)),
        new("Hugging Face tokenizers 0.23.2 (Rust, from Node)", "node",
            [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "train", "tokenizers", options.Text, Path.Combine(work, "trained.json")]),
    ];

    private static string[] Training(ComparisonOptions options, string work) => [options.Text, TrainedSize.ToString(), Path.Combine(work, "trained")];

    private static Contestant Own(params string[] arguments) => new("Cs336.Tokenizers", Environment.ProcessPath!, ["worker", .. arguments]);
}
