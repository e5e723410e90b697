using System.Diagnostics;
using Cs336.Inference;
using Cs336.Inference.Tests;
using Cs336.Tokenizers;
using Microsoft.Extensions.AI;

namespace Cs336.Serving.Tests.Publishing;

/// <summary>
/// A consumer that uses all of the package, <c>benchmarks/AotServing</c>, is published without a warning (warnings are errors there) and
/// then does what it does untrimmed. Needs the packages of the platform's runtime and compiler, which the first time come over the network.
/// </summary>
public sealed class PublishTests(PublishTests.Model model) : IClassFixture<PublishTests.Model>
{
    private const string Prompt = "The cats";

    [PublishFact(NeedsLinker = false)]
    public Task A_trimmed_program_answers() => AssertAnswersAsync("trimmed", "-p:PublishTrimmed=true", "--self-contained");

    [PublishFact]
    public Task A_program_compiled_ahead_of_time_answers() => AssertAnswersAsync("aot", "-p:PublishAot=true");

    private async Task AssertAnswersAsync(string kind, params string[] how)
    {
        string output = model.Folder.File(kind), project = Path.Combine(RepositoryRoot.Path, "benchmarks", "AotServing");
        // A folder of its own for what is built in between: others may be building the same sources. The two programs share it.
        await RunAsync("dotnet", ["publish", project, "-c", "Release", "--use-current-runtime", "-o", output, "--nologo", "-v", "quiet",
            "--artifacts-path", model.Folder.File("build"), .. how]);
        string program = Path.Combine(output, OperatingSystem.IsWindows() ? "AotServing.exe" : "AotServing");

        (string answer, _, _) = await RunAsync(program, [model.Tokenizer, model.Checkpoint, Prompt]);
        Assert.Equal(
            [await model.AnswerAsync(Prompt), "8 tokens, BFloat16, 24 dimensions, Healthy", ""], answer.Split(Environment.NewLine));

        (_, string problems, int status) = await RunAsync(
            program,
            [model.Tokenizer, model.Checkpoint, Prompt, "Model:Precision=half", "Generator:Temprature=1", "Service:QueueCapacity=none"],
            mayFail: true);
        Assert.Equal(1, status);
        Assert.Contains(
            "Model:Precision is \"half\", but must be one of \"float32\", \"b_float16\", \"int8\", \"q8_0\", \"q4_0\".", problems);
        Assert.Contains("There is no key Generator:Temprature: is Generator:Temperature meant?", problems);
        Assert.Contains("Service:QueueCapacity is \"none\", but must be a whole number.", problems);
    }

    private static async Task<(string Output, string Errors, int Status)> RunAsync(string program, string[] arguments, bool mayFail = false)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] ofThisBuild = [.. start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))];
        foreach (string name in ofThisBuild) start.Environment.Remove(name);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string told = await output + await errors;
        Assert.True(mayFail || process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ends with {process.ExitCode}: {told}");
        return (await output, await errors, process.ExitCode);
    }

    /// <summary>A small tokenizer and a random model of its vocabulary, in files.</summary>
    public sealed class Model : IDisposable
    {
        private readonly TemporaryFolder _checkpoint;

        public Model()
        {
            string text = Folder.Write(
                "text.txt", string.Concat(Enumerable.Range(0, 400).Select(i => $"The {i % 7} cats saw {i % 5} dogs.\n<|endoftext|>\n")));
            BpeModel tokens = new BpeTrainer(new BpeTrainerOptions { VocabSize = 300, SpecialTokens = ["<|endoftext|>"] }).Train(text);
            tokens.Save(Tokenizer);
            _checkpoint = RandomModel.Write(RandomModel.Configs["base"] with { VocabSize = tokens.VocabSize });
        }

        internal TemporaryFolder Folder { get; } = new();

        public string Tokenizer => Folder.File("tokenizer");

        public string Checkpoint => _checkpoint.Path;

        /// <summary>What the program's settings give, without a host.</summary>
        public async Task<string> AnswerAsync(string prompt)
        {
            using CpuLanguageModel model = CpuLanguageModel.Load(Checkpoint, new CpuModelOptions { Precision = CpuPrecision.BFloat16 });
            GenerationOptions options = new() { MaxNewTokens = 8, Seed = 1, LogitBias = new Dictionary<int, double> { [5] = -0.5 } };
            await using GenerationService service = new(BpeTokenizer.Load(Tokenizer), model, defaults: options);
            ChatTemplate template = new() { BeforeUser = "User: ", StopStrings = ["User:"] };
            return (await new GenerationChatClient(service, template).GetResponseAsync(prompt)).Text;
        }

        public void Dispose()
        {
            Folder.Dispose();
            _checkpoint.Dispose();
        }
    }
}
