using Packages.Tests.Readmes;

namespace Packages.Tests;

/// <summary>Programs that are trimmed or compiled ahead of time with the packages that say they allow it.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ConsumerTests(PackedFeed feed)
{
    private const string Claim = "<IsAotCompatible>true</IsAotCompatible>";

    /// <summary>Those with TorchSharp, which does not claim it, are published together: <see cref="TrainingConsumerTests"/>.</summary>
    private static readonly string[] WithTorchSharp = ["Cs336.Transformer", "Cs336.Training", "Cs336.Hosting", "Cs336.Distributed"];

    private static readonly string[] Compatible =
    [
        .. PackedFeed.Ids.Except(WithTorchSharp)
            .Where(id => File.ReadAllText(PackedFeed.ProjectOf(id)).Contains(Claim, StringComparison.Ordinal)),
    ];

    [Fact]
    public void Some_packages_claim_to_be_compatible() => Assert.Contains("Cs336.Inference", Compatible);

    [AotFact]
    public void A_program_compiled_ahead_of_time_runs_and_its_build_warns_of_nothing() => PublishAll("PublishAot");

    [RegistryFact]
    public void A_trimmed_program_runs_and_its_build_warns_of_nothing() => PublishAll("PublishTrimmed");

    /// <summary>All packages go together: no two have a name in common, and none brings what another cannot stand.</summary>
    [RegistryFact]
    public void A_program_with_all_packages_builds_and_runs()
    {
        string project = feed.Stranger.Write("published/All/All.csproj",
            ReadmeProgram.Project(feed.Libraries.Select(package => $"{package.Id} {package.Version}")));
        feed.Stranger.Write("published/All/Program.cs", """
            using Cs336.Data;
            using Cs336.Distributed;
            using Cs336.Hosting;
            using Cs336.Inference;
            using Cs336.Serving;
            using Cs336.Tokenizers;
            using Cs336.Tokenizers.MicrosoftML;
            using Cs336.Training;
            using Cs336.Transformer;
            using Microsoft.Extensions.DependencyInjection;

            Type[] types = [typeof(DocumentReader), typeof(RankGroup), typeof(ITrainingController), typeof(CpuLanguageModel),
                typeof(GenerationService), typeof(BpeTokenizer), typeof(MicrosoftMLTokenizer), typeof(Trainer), typeof(TransformerLM)];
            new ServiceCollection().AddCs336();
            using RankGroup? ranks = RankGroup.OfLauncher();
            TransformerConfig config = new() { VocabSize = 16, ContextLength = 4, DModel = 8, NumLayers = 1, NumHeads = 2, DFf = 16 };
            using TransformerLM model = new(config);
            Console.WriteLine($"{types.Select(type => type.Assembly).Distinct().Count()} assemblies, alone: {ranks is null}, "
                + $"{model.parameters().Count()} tensors");
            """);
        feed.WriteSources("published");
        string told = feed.Stranger.Commands.With(("CS336_LIBTORCH", PackageCache.LibTorchFolder))
            .Run(Path.GetDirectoryName(project)!, "dotnet", "run", "-c", "Release");
        Assert.Contains($"{feed.Libraries.Count()} assemblies, alone: True, 12 tensors", told);
    }

    private void PublishAll(string property)
    {
        foreach (string id in Compatible) Publish(id, property);
    }

    private void Publish(string id, string property)
    {
        PackedPackage package = feed[id];
        string name = $"{property}.{id}", folder = $"published/{name}";
        ReadmeProgram example = ReadmeProgram.Of(package).First();
        string project = feed.Stranger.Write($"{folder}/{name}.csproj", ReadmeProgram.Project(ExampleNeeds.References(package)));
        feed.Stranger.Write($"{folder}/Program.cs", example.Code);
        feed.WriteSources("published");
        string output = feed.Stranger.File($"{folder}/out");
        string told = feed.Stranger.Commands.Run(
            Path.GetDirectoryName(project)!, "dotnet", "publish", "-c", "Release", "--use-current-runtime", $"-p:{property}=true",
            "-o", output);
        Assert.DoesNotContain("warning", told, StringComparison.OrdinalIgnoreCase);
        string program = Path.Combine(output, OperatingSystem.IsWindows() ? name + ".exe" : name);
        if (ExampleNeeds.Prepare(example, feed.Workplace, property) is string work) feed.Stranger.Commands.Run(work, program);
    }
}
