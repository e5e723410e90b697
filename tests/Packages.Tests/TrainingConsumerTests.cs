using Packages.Tests.Readmes;

namespace Packages.Tests;

/// <summary>
/// A program that trains in a host, and would among others, trimmed or compiled ahead of time with the packages: our code warns of
/// nothing and TorchSharp's of what is listed here, and the program does what it does untrimmed.
/// </summary>
[Collection(PackedFeedCollection.Name)]
public sealed class TrainingConsumerTests(PackedFeed feed)
{
    private const int Steps = 4;

    /// <summary>
    /// TorchSharp looks through a module's fields and properties, to register what is in them and to move it to a device. A program may
    /// have lost those of a module of its own; our modules register what they have by name.
    /// </summary>
    private static readonly string[] OfTorchSharp =
    [
        "IL2070 TorchSharp.torch.nn.Module.<GetFieldsRecursive>d__22.MoveNext",
        "IL2075 TorchSharp.torch.nn.Module.<GetFieldsRecursive>d__22.MoveNext",
        "IL2075 TorchSharp.torch.nn.Module._toEpilog",
    ];

    /// <summary>And it looks for libtorch beside its own assembly, which such a program is not; ours has found libtorch before.</summary>
    private static readonly string[] AheadOfTime =
    [
        .. OfTorchSharp, "IL3000 TorchSharp.torch.LoadNativeBackend", "IL3000 TorchSharp.torch.TryLoadNativeLibraryByName",
    ];

    /// <summary>Everything by configuration, which is where a trimmed program would miss what nobody names.</summary>
    private const string Program = """
        using Cs336.Distributed;
        using Cs336.Hosting;
        using Cs336.Training;
        using Microsoft.Extensions.Configuration;
        using Microsoft.Extensions.DependencyInjection;
        using Microsoft.Extensions.Hosting;

        using RankGroup? ranks = RankGroup.OfLauncher();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Run:Directory"] = "run",
            ["Run:Model:DModel"] = "16", ["Run:Model:num_layers"] = "1", ["Run:Model:NumHeads"] = "2", ["Run:Model:DFf"] = "32",
            ["Run:Model:ContextLength"] = "16", ["Run:Model:ffn"] = "Silu",
            ["Run:Data:Training:0:Path"] = "tokens.npy", ["Run:Data:Training:0:Weight"] = "2",
            ["Run:Optimizer:Name"] = "Muon", ["Run:Optimizer:Schedule"] = "wsd",
            ["Run:Training:MaxSteps"] = "4", ["Run:Training:BatchSize"] = "4", ["Run:Training:EvaluateEvery"] = "2",
            ["Run:Training:on_divergence"] = "roll_back",
            ["Tokenizer:Directory"] = "my-tokenizer",
            ["Training:WhenFaulted"] = args[0],
        });
        builder.Services.AddCs336()
            .AddTokenizer(builder.Configuration.GetSection("Tokenizer"))
            .AddTrainer(builder.Configuration.GetSection("Run"))
            .AddHostedTraining(builder.Configuration.GetSection("Training"));
        using IHost host = builder.Build();
        await host.StartAsync();
        await foreach (TrainingStatus status in host.Services.GetRequiredService<ITrainingController>().ReadProgressAsync())
        {
            if (status.State is not (TrainingState.Completed or TrainingState.Faulted)) continue;
            Console.WriteLine($"{status.State} after {status.Step} steps {status.Fault}");
            break;
        }
        await host.StopAsync();
        RunConfig run = RunConfig.Load("run/config.json");
        Console.WriteLine($"{run.Model.FeedForward} {run.Data.Training[0].Weight} {run.Training.OnDivergence}, alone: {ranks is null}");
        """;

    [RegistryFact]
    public void A_trimmed_program_trains() => Train("PublishTrimmed", OfTorchSharp);

    [AotFact]
    public void A_program_compiled_ahead_of_time_trains() => Train("PublishAot", AheadOfTime);

    private void Train(string property, string[] expected)
    {
        PackedPackage package = feed["Cs336.Hosting"];
        string name = $"{property}.Training", folder = $"published/{name}", output = feed.Stranger.File($"{folder}/out");
        string source = PublishWarnings.NoErrors(ReadmeProgram.Project(
            [.. ExampleNeeds.References(package), .. ExampleNeeds.References(feed["Cs336.Distributed"])]));
        string project = feed.Stranger.Write($"{folder}/{name}.csproj", source);
        feed.Stranger.Write($"{folder}/Program.cs", Program);
        feed.WriteSources("published");
        string told = feed.Stranger.Commands.Run(
            Path.GetDirectoryName(project)!, "dotnet", "publish", "-c", "Release", "--use-current-runtime", $"-p:{property}=true",
            "-o", output);
        Assert.Equal(expected, PublishWarnings.In(told));

        string work = feed.Workplace.CopyFor(name), program = Path.Combine(output, OperatingSystem.IsWindows() ? name + ".exe" : name);
        CommandLine commands = feed.Stranger.Commands.With(("CS336_LIBTORCH", PackageCache.LibTorchFolder));
        string said = commands.Run(work, program, "MarkUnhealthy");
        Assert.Contains($"Completed after {Steps} steps", said);
        Assert.Contains("Silu 2 RollBack, alone: True", said);
        IEnumerable<string> metrics = File.ReadLines(Path.Combine(work, "run", "metrics.jsonl"));
        Assert.Equal(Steps, metrics.Count(line => line.Contains("\"loss\":", StringComparison.Ordinal)));
        (int code, string refused) = commands.Try(work, program, "MarkSick");
        Assert.NotEqual(0, code);
        Assert.Contains("Training:WhenFaulted is \"MarkSick\", but must be one of", refused);
    }
}
