using Packages.Tests.Readmes;

namespace Packages.Tests;

/// <summary>Programs that are trimmed or compiled ahead of time with each package.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ConsumerTests(PackedFeed feed)
{
    private const string Claim = "<IsAotCompatible>true</IsAotCompatible>";

    /// <summary>Those with TorchSharp are published together: <see cref="TrainingConsumerTests"/>.</summary>
    private static readonly string[] WithTorchSharp = ["Cs336.Transformer", "Cs336.Training", "Cs336.Hosting", "Cs336.Distributed"];

    private static readonly string[] Compatible = [.. PackedFeed.Ids.Except(WithTorchSharp)];

    /// <summary>
    /// The types of others that a publication warns of, where a package of ours needs them; no type of ours is among them. What
    /// <see cref="Beyond"/> makes such a program do comes out as in one that is not trimmed.
    /// </summary>
    private static readonly Dictionary<string, string[]> OfOthers = new()
    {
        // Events for a listener, which only tell of streams; and schemas of classes, where ours name their column.
        ["PublishTrimmed Cs336.Data"] =
            ["IL2026 Microsoft.IO.RecyclableMemoryStreamManager.Events", "IL2070 Parquet.Extensions.ParquetClrSchemaExtensions"],
        ["PublishAot Cs336.Data"] =
            ["IL2070 Parquet.Extensions.ParquetClrSchemaExtensions", "IL3050 Parquet.Extensions.ParquetClrSchemaExtensions"],
    };

    /// <summary>What a program does beyond the README's example, and what it then says.</summary>
    private static readonly Dictionary<string, (string Code, string Says)> Beyond = new()
    {
        ["Cs336.Data"] = ("""
            Parquet.Schema.DataField column = new("text", typeof(string), isNullable: true);
            await using (FileStream file = File.Create("b.parquet"))
            await using (Parquet.ParquetWriter writer = await Parquet.ParquetWriter.CreateAsync(new(column), file))
            {
                using Parquet.ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync(column, (string[])["The cat sat.", "And sat."]);
            }
            using (ZstdSharp.CompressionStream packing = new(File.Create("c.jsonl.zst"), leaveOpen: false))
                packing.Write("{\"text\": \"Another cat.\"}"u8);
            CorpusEncoder more = new(tokenizer, new CorpusEncoderOptions { Reader = new DocumentReader(documents) });
            Console.WriteLine($"{more.EncodeFiles(["b.parquet", "c.jsonl.zst"], "more").Manifest.Shards.Count} files more");
            """, "2 files more"),
    };

    [Fact]
    public void Every_package_says_that_its_own_code_is_compatible() =>
        Assert.All(PackedFeed.Ids, id => Assert.Contains(Claim, File.ReadAllText(PackedFeed.ProjectOf(id)), StringComparison.Ordinal));

    [AotFact]
    public void A_program_compiled_ahead_of_time_runs_and_its_build_warns_of_no_code_of_ours() => PublishAll("PublishAot");

    [RegistryFact]
    public void A_trimmed_program_runs_and_its_build_warns_of_no_code_of_ours() => PublishAll("PublishTrimmed");

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
        string[] expected = OfOthers.GetValueOrDefault($"{property} {id}", []);
        (string more, string says) = Beyond.GetValueOrDefault(id, ("", ""));
        string source = ReadmeProgram.Project(ExampleNeeds.References(package));
        string project = feed.Stranger.Write($"{folder}/{name}.csproj", expected.Length > 0 ? PublishWarnings.NoErrors(source) : source);
        feed.Stranger.Write($"{folder}/Program.cs", $"{example.Code}\n{more}");
        feed.WriteSources("published");
        string output = feed.Stranger.File($"{folder}/out");
        string told = feed.Stranger.Commands.Run(
            Path.GetDirectoryName(project)!, "dotnet", "publish", "-c", "Release", "--use-current-runtime", $"-p:{property}=true",
            "-o", output);
        Assert.Equal(expected, PublishWarnings.In(told).Select(warning => warning[..warning.LastIndexOf('.')]).Distinct());
        string program = Path.Combine(output, OperatingSystem.IsWindows() ? name + ".exe" : name);
        if (ExampleNeeds.Prepare(example, feed.Workplace, property) is string work)
            Assert.Contains(says, feed.Stranger.Commands.Run(work, program), StringComparison.Ordinal);
    }
}
