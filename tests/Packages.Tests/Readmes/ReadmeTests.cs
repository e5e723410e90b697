using System.Text;

namespace Packages.Tests.Readmes;

/// <summary>Each example of each package's README as a program over the packed packages.</summary>
[Collection(PackedFeedCollection.Name)]
public sealed class ReadmeTests(PackedFeed feed)
{
    [RegistryFact]
    public void Every_example_of_every_package_compiles_and_runs_with_the_packed_packages()
    {
        ReadmeProgram[] programs = [.. feed.Libraries.SelectMany(ReadmeProgram.Of)];
        Assert.Equal(PackedFeed.Ids, programs.Select(program => program.Id).Distinct().Order(StringComparer.Ordinal));
        Assert.Empty(ExampleNeeds.Run.Except(programs.Select(program => program.Name)));
        Build(programs);

        CommandLine commands = feed.Stranger.Commands.With(("CS336_LIBTORCH", PackageCache.LibTorchFolder));
        StringBuilder failed = new();
        foreach (ReadmeProgram program in programs)
        {
            if (ExampleNeeds.Prepare(program, feed.Workplace, "run") is not string folder) continue;
            string dll = feed.Stranger.File($"readmes/{program.Name}/bin/Release/net10.0/{program.Name}.dll");
            // A host goes on until it is told to stop.
            string? last = program.Code.Contains("Build().Run()", StringComparison.Ordinal) ? "Application started" : null;
            (int code, string output) = commands.TryUntil(last, folder, "dotnet", "exec", dll);
            if (code != 0) failed.Append($"{program.Name} ended with {code}:\n{output}\n");
        }
        Assert.True(failed.Length == 0, failed.ToString());
    }

    /// <summary>All in one build, which is faster than one for each.</summary>
    private void Build(ReadmeProgram[] programs)
    {
        foreach (ReadmeProgram program in programs)
        {
            string project = ReadmeProgram.Project(ExampleNeeds.References(feed[program.Id]));
            feed.Stranger.Write($"readmes/{program.Name}/{program.Name}.csproj", project);
            // Long enough to show that the example works.
            string code = program.Code.Replace("MaxSteps = 1000", "MaxSteps = 8", StringComparison.Ordinal);
            feed.Stranger.Write($"readmes/{program.Name}/Program.cs", code);
        }
        feed.WriteSources("readmes");
        string all = feed.Stranger.Write("readmes/all.proj", """
            <Project>
              <ItemGroup>
                <Program Include="*/*.csproj" />
              </ItemGroup>
              <Target Name="Build">
                <MSBuild Projects="@(Program)" Targets="Restore" Properties="Configuration=Release;IsRestore=true" BuildInParallel="true" />
                <MSBuild Projects="@(Program)" Targets="Build" Properties="Configuration=Release" BuildInParallel="true" />
              </Target>
            </Project>
            """);
        feed.Stranger.Commands.Run(Path.GetDirectoryName(all)!, "dotnet", "msbuild", "all.proj", "-m", "-v:m");
    }
}
