using System.Diagnostics;

namespace StoryServer.Tests.Processes;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SignalFact]
    public async Task Its_folder_is_a_run_for_the_command_line()
    {
        string run = _folder.File("run"), ids = _folder.File("ids.npy");
        using (ServerProcess server = ServerProcess.Start(run, steps: 30))
        {
            await server.WaitForAsync(report => (string)report["state"]! == "completed");
            server.Signal("TERM");
            Assert.Equal(0, await server.WaitForExitAsync(TimeSpan.FromSeconds(30)));
        }
        string text = _folder.Write(
            "text.txt", string.Concat(Enumerable.Repeat("Once upon a time there was a cat. The cat was happy.\n", 20)));
        foreach ((string[] arguments, string expected) in new (string[], string)[]
        {
            (["generate", "--run", run, "--prompt", "Once", "--max-new-tokens", "5", "--seed", "1"], "Once"),
            (["tokenizer", "encode", "--tokenizer", Path.Combine(run, "tokenizer"), "--input", text, "--output", ids], "ids of"),
            (["eval", "--run", run, "--data", ids], "bits per byte  "),
            (["train", "--output", run, "--resume", "--set", "training.max_steps=34", "--json"], "\"steps\": 34"),
            (["compare", run, "--output", _folder.File("comparison")], "Curves:"),
            (["report", run, "--output", _folder.File("report")], "1 run in"),
        })
        {
            (int code, string output) = await RunCs336Async(arguments);
            Assert.True(code == 0, $"{arguments[0]}: {output}");
            Assert.Contains(expected, output);
        }
    }

    private static async Task<(int Code, string Output)> RunCs336Async(string[] arguments)
    {
        ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["exec", SamplePrograms.PathOf("Cs336.Cli", "cs336.dll"), .. arguments])
            start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(5)); // a hang must not hang the tests
        Task<string> output = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await errors);
    }
}
