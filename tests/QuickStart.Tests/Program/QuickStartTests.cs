using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cs336.Testing;
using Stories;

namespace QuickStart.Tests.Program;

public sealed class QuickStartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Without_a_file_it_writes_stories_and_tells_three()
    {
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, QuickStartProcess.SmallWith("--context-length", "128", "--steps", "3"));
        Assert.Equal("", run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.Matches(@"validation  \d+\.\d{3} nats per token, \d+\.\d{3} bits per byte", run.Output);
        string folder = Path.Combine(_folder.Path, "runs", "quickstart-1");
        Assert.Equal(
            ["arguments.json", "checkpoints", "config.json", "corpus.txt", "curve.png", "metrics.jsonl", "samples.txt", "tokenizer",
                "tokens.npy"],
            Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName)
                .Where(name => name != ".lock" && !name!.StartsWith("events.", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.Equal([137, 80, 78, 71], File.ReadAllBytes(Path.Combine(folder, "curve.png"))[..4]);
        string samples = File.ReadAllText(Path.Combine(folder, "samples.txt"));
        Assert.All(StoryPrompts.All, prompt => Assert.Contains(prompt, samples));
        Assert.All(StoryPrompts.All, prompt => Assert.Contains(prompt, run.Output));
    }

    [Fact]
    public async Task Stories_can_be_checked_with_the_run_or_later()
    {
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, QuickStartProcess.SmallWith("--context-length", "128", "--steps", "3", "--run", "here", "--check", "1"));
        Assert.Equal("", run.Errors);
        Assert.Contains("checked     0 of 3 stories name nobody", run.Output); // three steps teach nothing
        Assert.Contains("is a word that no story has", run.Output);

        QuickStartProcess again = await QuickStartProcess.RunAsync(_folder.Path, "--resume", "--run", "here", "--check", "2");
        Assert.Equal("", again.Errors);
        Assert.Contains("checked     0 of 6 stories name nobody", again.Output);
    }

    /// <summary>
    /// The claim of the README, about a run that took minutes: QUICKSTART_RUN=runs/quickstart-1 dotnet test -c Release
    /// tests/QuickStart.Tests
    /// </summary>
    [TrainedRunFact]
    public async Task Of_thirty_stories_of_a_trained_model_nine_of_ten_introduce_what_they_name()
    {
        string path = Path.GetFullPath(TrainedRunFactAttribute.Run!, RepositoryRoot.Path);
        QuickStartProcess run = await QuickStartProcess.RunAsync(_folder.Path, "--resume", "--run", path, "--check", "10");
        Assert.Equal("", run.Errors);
        Match checkedStories = Regex.Match(run.Output, @"checked     (\d+) of 30 stories name nobody");
        Assert.True(checkedStories.Success && int.Parse(checkedStories.Groups[1].Value, CultureInfo.InvariantCulture) >= 27, run.Output);
    }

    [Fact]
    public async Task A_text_of_the_user_is_learnt_from_and_continued()
    {
        string data = WriteStories(60_000);
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, QuickStartProcess.SmallWith("--steps", "60", "--data", data, "--run", "mine", "--prompt", "Once"));
        Assert.Equal("", run.Errors);
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("Once", File.ReadAllText(_folder.File("mine/samples.txt")));
        double first = Loss(1), last = Loss(60);
        Assert.True(last < first - 1, $"the loss went from {first} to {last} only");

        double Loss(int step) => double.Parse(
            File.ReadLines(_folder.File("mine/metrics.jsonl")).ElementAt(step - 1).Split("\"loss\":")[1].Split(
                ',')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("INT")] // Ctrl-C
    [InlineData("HUP")] // a closed terminal
    [InlineData("TERM")] // a service manager, a container's end
    [InlineData("QUIT")] // Ctrl-\
    public async Task A_signal_saves_and_says_how_to_go_on_and_resume_does(string signal)
    {
        if (OperatingSystem.IsWindows()) return; // there is no signal to send to another process
        string data = WriteStories(60_000);
        QuickStartProcess first = QuickStartProcess.Start(_folder.Path, QuickStartProcess.SmallWith("--steps", "2000", "--data", data));
        await first.WaitForOutputAsync("step 100/2000");
        first.Send(signal);
        await first.WaitAsync();
        Assert.Equal("", first.Errors);
        Assert.Equal(130, first.ExitCode);
        string folder = Path.Combine("runs", "quickstart-1");
        Assert.Contains($"To go on: dotnet run -c Release --project samples/QuickStart -- --resume --run \"{folder}\"", first.Output);
        int stopped = File.ReadLines(Path.Combine(_folder.Path, folder, "metrics.jsonl")).Count();
        Assert.InRange(stopped, 100, 1999);

        File.Delete(data); // a resumed run has all that it needs
        QuickStartProcess second = await QuickStartProcess.RunAsync(_folder.Path, "--resume");
        Assert.Equal("", second.Errors);
        Assert.Equal(0, second.ExitCode);
        Assert.Contains($"at step {stopped:n0} of 2,000", second.Output);
        Assert.Equal(2000, File.ReadLines(Path.Combine(_folder.Path, folder, "metrics.jsonl")).Count());
    }

    [Fact]
    public async Task Its_folder_is_a_run_for_the_command_line()
    {
        string data = WriteStories(60_000);
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, QuickStartProcess.SmallWith("--steps", "20", "--data", data, "--run", "mine"));
        Assert.Equal("", run.Errors);
        Directory.Move(_folder.File("mine"), _folder.File("moved")); // it names its own files from where it is
        foreach ((string[] arguments, string expected) in new (string[], string)[]
        {
            (["generate", "--run", "moved", "--prompt", "Once", "--max-new-tokens", "5", "--seed", "1"], "Once"),
            (["eval", "--run", "moved", "--data", "moved/tokens.npy", "--max-tokens", "500"], "bits per byte  "),
            (["train", "--output", "moved", "--resume", "--set", "training.max_steps=24", "--json"], "\"steps\": 24"),
            (["compare", "moved", "--output", "comparison"], "Curves:"),
            (["report", "moved", "--output", "report"], "1 run in"),
        })
        {
            QuickStartProcess command = await QuickStartProcess.RunCs336Async(_folder.Path, arguments);
            Assert.True(command.ExitCode == 0, $"{arguments[0]}: {command.Errors}");
            Assert.Contains(expected, command.Output);
        }
        Assert.Equal(24, File.ReadLines(_folder.File("moved/metrics.jsonl")).Count());
    }

    [Fact]
    public async Task Runs_that_are_begun_together_each_have_a_folder()
    {
        string data = WriteStories(60_000);
        QuickStartProcess[] runs =
            [.. Enumerable.Range(0, 2)
                .Select(_ => QuickStartProcess.Start(_folder.Path, QuickStartProcess.SmallWith("--steps", "20", "--data", data)))];
        foreach (QuickStartProcess run in runs)
        {
            await run.WaitAsync();
            Assert.Equal("", run.Errors);
        }
        Assert.All(
            (string[])["quickstart-1", "quickstart-2"],
            name => Assert.Equal(20, File.ReadLines(_folder.File($"runs/{name}/metrics.jsonl")).Count()));
    }

    [Fact]
    public async Task A_run_that_goes_on_is_not_joined_by_another_program()
    {
        string data = WriteStories(60_000);
        QuickStartProcess first = QuickStartProcess.Start(
            _folder.Path, QuickStartProcess.SmallWith("--steps", "100000", "--data", data, "--run", "mine"));
        await first.WaitForOutputAsync("step 100/100000");
        foreach (QuickStartProcess second in (QuickStartProcess[])
            [await QuickStartProcess.RunAsync(_folder.Path, "--resume", "--run", "mine"),
                await QuickStartProcess.RunCs336Async(_folder.Path, "train", "--output", "mine", "--resume")])
        {
            Assert.Equal(1, second.ExitCode);
            Assert.Contains("is another one going on there?", second.Errors);
        }
        first.Send("TERM");
        await first.WaitAsync();
        Assert.Equal(130, first.ExitCode);
        Assert.Equal("", first.Errors);
    }

    [Fact]
    public async Task A_folder_of_the_users_own_is_left_as_it_was()
    {
        Directory.CreateDirectory(_folder.File("mydir"));
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, QuickStartProcess.SmallWith("--data", "nowhere.txt", "--run", "mydir"));
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.File("mydir")));
    }

    public static TheoryData<string, string[], string> BadInputs => new()
    {
        { "a missing file", ["--data", "nowhere.txt"], "nowhere.txt" },
        { "a folder", ["--data", "."], "'" },
        { "an empty file", ["--data", "empty.txt"], "empty.txt is empty" },
        { "one special token", ["--data", "special.txt"], "special.txt holds special tokens only" },
        { "invalid UTF-8", ["--data", "invalid.txt"], "invalid.txt" },
        { "a vocabulary below the minimum", ["--data", "text.txt", "--vocab-size", "256"], "vocab_size is 256" },
        { "heads that do not divide the width", ["--data", "text.txt", "--num-heads", "3"],
            "d_model is 32, which num_heads 3 does not divide" },
        { "a context longer than the data", ["--data", "text.txt", "--context-length", "5000"],
            "tokens, but a window of 5000 and the token after it need 5001" },
        { "a step count of none", ["--data", "text.txt", "--steps", "0"], "max_steps is 0" },
        { "nothing to resume", ["--resume", "--run", "elsewhere"], "elsewhere holds no run" },
        { "a folder that is taken", ["--data", "text.txt", "--run", "good"], "good already holds files" },
    };

    [Theory]
    [MemberData(nameof(BadInputs))]
    public async Task Bad_input_is_one_clear_message_and_leaves_earlier_results_alone(string what, string[] arguments, string message)
    {
        string good = _folder.File("good");
        Directory.CreateDirectory(good);
        File.WriteAllText(Path.Combine(good, "result"), "kept");
        File.WriteAllText(_folder.File("text.txt"), new StoryGenerator(1).Next());
        File.WriteAllText(_folder.File("empty.txt"), "");
        File.WriteAllText(_folder.File("special.txt"), "<|endoftext|>");
        File.WriteAllBytes(_folder.File("invalid.txt"), [.. "fine until here "u8, 0xC3, 0x28]);
        string[] before = Snapshot();

        string[] given = arguments.Contains("--resume") ? arguments : QuickStartProcess.SmallWith(arguments);
        QuickStartProcess run = await QuickStartProcess.RunAsync(_folder.Path, given);
        Assert.True(run.ExitCode == 1, $"{what}: exit code {run.ExitCode}\n{run.Errors}");
        Assert.StartsWith("error: ", run.Errors);
        Assert.Contains(message, run.Errors);
        Assert.DoesNotContain("   at ", run.Errors);
        Assert.Equal(before, Snapshot());
    }

    [Theory]
    [InlineData("There is no option '--colour'. There is no option 'red'.", "--colour", "red")]
    [InlineData("Required argument missing for option: '--steps'.", "--steps")]
    [InlineData("--steps is 'many', but must be a whole number.", "--steps", "many")]
    [InlineData("--resume goes on with the run as it was begun: only --run, --prompt and --check can be given with it.", "--resume",
        "--steps", "5")]
    [InlineData("--check is -1, but must be at least 0.", "--check", "-1")]
    [InlineData("--check knows the stories of this program only: it does not go with --data.", "--check", "1", "--data", "text.txt")]
    public async Task A_command_line_that_is_not_understood_is_a_usage_error(string message, params string[] arguments)
    {
        QuickStartProcess run = await QuickStartProcess.RunAsync(_folder.Path, arguments);
        Assert.Equal((2, $"{message} See --help."), (run.ExitCode, run.Errors));
        Assert.Empty(Snapshot());
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        QuickStartProcess run = await QuickStartProcess.RunAsync(_folder.Path, "--help");
        Assert.Equal(0, run.ExitCode);
        foreach (string option in (string[])["--data", "--resume", "--run", "--prompt", "--steps", "--vocab-size", "--context-length",
            "--d-model", "--num-heads", "--check"])
            Assert.Contains(option, run.Output);
    }

    [SharedDataFact("corpora/tinyshakespeare.txt")]
    public async Task A_play_teaches_the_layout_of_a_play()
    {
        string data = SharedData.TryFind("corpora/tinyshakespeare.txt")!;
        QuickStartProcess run = await QuickStartProcess.RunAsync(
            _folder.Path, "--data", data, "--steps", "120", "--context-length", "64", "--d-model", "64", "--vocab-size", "512",
            "--run", "play");
        Assert.Equal("", run.Errors);
        string sample = File.ReadAllText(_folder.File("play/samples.txt"));
        Assert.StartsWith("First Citizen:\n", sample);
        Assert.True(sample.Split('\n').Length > 3, $"no line ends in: {sample}");
    }

    private string WriteStories(int bytes)
    {
        string path = _folder.File("stories.txt");
        StoryCorpus.Write(path, bytes, seed: 2);
        return path;
    }

    private string[] Snapshot() =>
        [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith("runs", StringComparison.Ordinal)) // the empty parent of what was taken away again
            .Select(path => $"{path} {(File.Exists(path) ? Convert.ToHexString(File.ReadAllBytes(path)) : "")}").Order(
                StringComparer.Ordinal)];
}
