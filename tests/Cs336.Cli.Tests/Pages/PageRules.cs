using System.Text.RegularExpressions;

namespace Cs336.Cli.Tests.Pages;

/// <summary>
/// What <see cref="PageRunTests"/> do not run as it stands on a page, each with the reason: this is the one list of it. A command that
/// no line here names is run as it stands; a line that names none fails.
/// </summary>
internal static class PageRules
{
    private const string Tiny = "model.context_length=16 model.d_model=16 model.num_layers=2 model.num_heads=2 model.d_ff=32 "
        + "training.max_steps=2 training.batch_size=2 training.evaluate_every=2 training.evaluation_tokens=64 "
        + "optimizer.warmup_steps=1 samples.max_new_tokens=2";

    /// <summary>What is changed in a command of cs336 before it is run.</summary>
    /// <param name="Pattern">A regular expression; its match is replaced.</param>
    /// <param name="Replacement">What stands there instead.</param>
    /// <param name="Why">Why it cannot stay.</param>
    public sealed record Substitution(string Pattern, string Replacement, string Why)
    {
        public bool Changes(string command) => Regex.IsMatch(command, Pattern);

        public string Apply(string command) => Regex.Replace(command, Pattern, Replacement);
    }

    /// <summary>A command that is not run by these tests.</summary>
    /// <param name="Pattern">A regular expression for its beginning.</param>
    /// <param name="Why">What it needs, or which test runs it.</param>
    /// <param name="Test">The file of that test, below tests; null where it is not run at all.</param>
    public sealed record NotRun(string Pattern, string Why, string? Test = null)
    {
        public bool Names(string command) => Regex.IsMatch(command, $"^({Pattern})");
    }

    public static IReadOnlyList<Substitution> Substitutions { get; } =
    [
        new(" --device cuda$", " --device cpu", "needs a GPU"),
        new(":(10:11|1:9|316.2:5)(?= |$)", ":10:2", "many runs of one kind: the lowest rate and a high one"),
        new("batch_size=1(,[0-9]+)+", "batch_size=1,4", "many runs of one kind"),
        new("(?<=--tune-lr [^ ]+):3", ":2", "many runs of one kind"),
        new("--seeds 3", "--seeds 1", "many runs of one kind"),
        new("training.window_length=256( training.max_steps=300)?", "training.window_length=16 training.max_steps=2",
            "trains for minutes, on windows longer than the small model's"),
        new("--init model --data stories.npy --output runs/tuned$", "$0 --set training.max_steps=2", "trains for minutes"),
        new("--config (small|bytes|ablations|tinystories|openwebtext[-a-z]*).json .*$", $"$0 --set {Tiny}",
            "trains for minutes to days, models of up to 130 million parameters"),
        new("--config openwebtext-leaderboard.json .*$", "$0 optimizer.momentum_warmup_steps=1 optimizer.decay_start=1",
            "goes by a schedule of 100,000 steps"),
        new("--num-heads 16 --context-length 256", "--num-heads 2 --context-length 16", "the small model has two heads"),
        new("--depth 4 .*$", "$0 --set training.batch_size=1 model.context_length=16", "times steps of 20 million parameters"),
    ];

    public static IReadOnlyList<NotRun> Exceptions { get; } =
    [
        new("dotnet run -c Release --project samples/QuickStart($| -- )", "takes minutes; its tests run it with smaller arguments",
            "QuickStart.Tests/Program/QuickStartTests.cs"),
        new("dotnet run -c Release --project samples/StoryServer$", "is the server that those tests ask", "StoryServer.Tests/ApiTests.cs"),
        new("cp quick/corpus.txt", "follows the command before it"),
        new("dotnet pack -c Release$|packages=|dotnet new |cd |dotnet nuget |dotnet add package |dotnet run -c Release$",
            "is of the first page, which is typed from an empty folder over packed packages",
            "Packages.Tests/FirstPageTests.cs"),
        new("dotnet pack -c Release samples/Cs336.Cli|dotnet tool install", "installs the packed tool",
            "Packages.Tests/Readmes/InstalledTool.cs"),
        new("dotnet run .*-p:LibTorchPackage=TorchSharp-cuda-linux", "needs a GPU, and two gigabytes of packages"),
        new("([A-Z0-9_]+=[^ ]+ )*(\\.ci/without|dotnet test)", "runs tests, as whoever runs this does"),
        new("\\.ci/(run|coverage|check-advisories)", "runs all tests, this one among them"),
        new("\\.ci/release", "records a release", "Packages.Tests/ReleaseTests.cs"),
        new("dotnet run -c Release --project samples/Cs336.Cli --$", "stands for cs336"),
        new("dotnet (pack|build)$", "is named, not told to be typed"),
        new("([A-Z0-9_]+=[^ ]+ )*(dotnet run -c Release --project )?benchmarks/",
            "measures for minutes, on a machine with nothing else to do"),
        new("export CS336_LIBTORCH=", "needs a Python with PyTorch 2.10"),
        new("pip |wandb ", "needs the network and an account"),
        new("llama-|ollama |lms ", "needs other programs; llama.cpp itself is tested by the package that holds it",
            "Gguf.Tests/GenerationTests.cs"),
        new("jq ", "is a program that not every machine has", "Cs336.Cli.Tests/Pages/JqTests.cs"),
    ];

    /// <summary>A command as it is run; null where it is listed as one that is not.</summary>
    public static string? Runnable(string command)
    {
        if (Exceptions.Any(exception => exception.Names(command))) return null;
        return Substitutions.Aggregate(command, (text, substitution) => substitution.Apply(text));
    }
}
