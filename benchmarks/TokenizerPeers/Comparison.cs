using System.Globalization;
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
            TiktokenFile.Save(gpt2, Path.Combine(work, Vocabularies.RanksName));

            Part encoding = new("encoding", MakeEncoders(options, options.Text, work));
            Part languages = new("languages", options.Multilingual is null ? [] : MakeEncoders(options, options.Multilingual, work));
            Part files = new("files", MakeFileEncoders(options, work));
            Part training = new("training", MakeTrainers(options, work));
            Part warmTraining = new("warm-training", Own("train", options.Text, "10000", Path.Combine(work, "trained-10k"), "3"));
            Part worstCases = new(
                "worst-cases",
                [.. WorstCases.Names.Select(name => new Contestant(name, Environment.ProcessPath!, ["worker", "worst-case", name, work]))]);
            Part[] vocabularies = Vocabularies.MakeParts(options, work);
            Part[] parts = [encoding, languages, files, training, warmTraining, worstCases, .. vocabularies];
            if (options.Only?.Except(parts.Select(part => part.Name)).FirstOrDefault() is string unknown)
                throw new ArgumentException($"There is no part '{unknown}': use {string.Join(", ", parts.Select(part => part.Name))}.");
            Part.Load(options.Measurements, parts);
            for (int round = 0; round < options.Rounds; round++)
            {
                Console.WriteLine($"round {round + 1} of {options.Rounds}");
                foreach (Part part in parts.Where(part => options.Only is null || options.Only.Contains(part.Name)))
                {
                    bool encodes = part == encoding || part == languages || vocabularies.Contains(part);
                    foreach (Contestant contestant in part.Contestants)
                        contestant.Run(options.Npm, encodes ? [contestant.Rounds.Count == 0 ? "yes" : "no"] : []);
                }
                Part.Save(options.Measurements, parts);
            }

            string checks = FormatCheck.Run(gpt2, work, options.Npm) + Environment.NewLine + TiktokenCheck.Run(gpt2, work, options.Npm);
            string report = Report.Write(options, encoding, languages, vocabularies, checks, files, training, warmTraining, worstCases);
            Console.WriteLine();
            Console.WriteLine(report);
            if (options.Output is not null) File.WriteAllText(Machine.ResultsFile(options.Output, "tokenizers"), report);
            return Array.TrueForAll([encoding, languages, .. vocabularies], Report.IdsAgree) ? 0 : 1;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static Contestant[] MakeEncoders(ComparisonOptions options, string text, string work)
    {
        string all = long.MaxValue.ToString();
        string slow = options.SlowBytes.ToString();
        string[] Own(string peer, string bytes) => ["worker", "encode", peer, text, bytes, work];
        string[] Npm(string peer) => [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "encode", peer, text, slow, work];
        return
        [
            new("Cs336.Tokenizers", Environment.ProcessPath!, Own("cs336", all)),
            .. Machine.UsesAvx512
                ? [new("Cs336.Tokenizers without AVX-512", Environment.ProcessPath!, Own("cs336", all),
                new() { ["DOTNET_EnableAVX512"] = "0" })] : (Contestant[])[],
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
        // By argument, and not by hiding processors: the runtime, which then waits long before it compiles well, is to be the same.
        Contestant With(int threads) => new(
            $"Cs336.Tokenizers, {threads} thread{(threads == 1 ? "" : "s")}", Environment.ProcessPath!,
            ["worker", "encode-file", options.Text, work, Path.Combine(work, "ids.npy"), threads.ToString(CultureInfo.InvariantCulture)]);
        return [With(Environment.ProcessorCount), With(1)];
    }

    private static Contestant[] MakeTrainers(ComparisonOptions options, string work) =>
    [
        new("Cs336.Tokenizers", options.TrainCommand, Training(options, work)),
        new("Cs336.Tokenizers, compiled ahead of time", options.AheadOfTimeTrainCommand, Training(options, work)),
        new("Hugging Face tokenizers 0.23.2 (Rust, from Node)", "node",
            [Path.Combine(AppContext.BaseDirectory, "peer.mjs"), "train", "tokenizers", options.Text, Path.Combine(work, "trained.json")]),
    ];

    private static string[] Training(ComparisonOptions options, string work) =>
        [options.Text, TrainedSize.ToString(), Path.Combine(work, "trained")];

    private static Contestant Own(params string[] arguments) => new("Cs336.Tokenizers", Environment.ProcessPath!, ["worker", .. arguments]);
}
