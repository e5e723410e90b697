using System.Diagnostics;
using System.Text.Json;
using Cs336.Testing;

namespace Cs336.Transformer.Tests;

/// <summary>
/// Which libtorch package the repository's build takes on which platform, as MSBuild evaluates it; nothing is restored or built.
/// </summary>
public class PackageChoiceTests
{
    private static readonly string Program = Path.Combine(RepositoryRoot.Path, "tests", "Cs336.Transformer.Tests.Probe");
    private static readonly string Library = Path.Combine(RepositoryRoot.Path, "src", "Cs336.Transformer");

    [Theory]
    [InlineData("linux", "x64")]
    [InlineData("win", "x64")]
    [InlineData("win", "arm64")]
    [InlineData("osx", "arm64")]
    public void A_program_references_the_package_of_its_platform_which_has_a_version(string system, string architecture)
    {
        JsonElement project = Evaluate(Program, $"-p:LibTorchSystem={system}", $"-p:LibTorchArchitecture={architecture}");
        string package = $"libtorch-cpu-{system}-{architecture}";
        Assert.Equal([package], LibTorchReferences(project));
        Assert.Equal(LibTorchPackage.LibTorchVersion, VersionOf(project, package));
        Assert.Contains(
            $"Add the package {package} ", LibTorchPackage.Advice($"{system}-{architecture}", isMusl: false), StringComparison.Ordinal);
    }

    [Fact]
    public void A_runtime_identifier_goes_before_the_machine() =>
        Assert.Equal(["libtorch-cpu-osx-arm64"], LibTorchReferences(Evaluate(Program, "-p:RuntimeIdentifier=osx-arm64")));

    [Theory]
    [InlineData("linux", "arm64")]
    [InlineData("osx", "x64")]
    public void Where_there_is_no_package_the_build_of_a_program_says_so_and_what_to_do(string system, string architecture)
    {
        string[] platform = [$"-p:LibTorchSystem={system}", $"-p:LibTorchArchitecture={architecture}"];
        Assert.Empty(LibTorchReferences(Evaluate(Program, platform)));
        (int exitCode, string output) = Run([Program, "-t:CheckLibTorchPackage", .. platform]);
        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"error CS336LIBTORCH: There is no libtorch package for {system}-{architecture}, only for linux-x64, win-x64, win-arm64, "
                + "osx-arm64. "
            + "Build with -p:LibTorchPackage=none, which leaves it out, and set CS336_LIBTORCH to a folder",
            output, StringComparison.Ordinal);
        Assert.Contains("docs/native-libraries.md", output, StringComparison.Ordinal);

        (exitCode, output) = Run([Program, "-t:CheckLibTorchPackage", "-p:LibTorchPackage=none", .. platform]);
        Assert.True(exitCode == 0, output);
        (exitCode, output) = Run([Library, "-t:CheckLibTorchPackage", .. platform]);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void The_build_checks_before_anything_else_and_the_restore_does_not()
    {
        string[] platform = ["-p:LibTorchSystem=linux", "-p:LibTorchArchitecture=arm64"];
        (int exitCode, string output) = Run([Program, "-t:Build", .. platform]);
        Assert.Equal(1, exitCode);
        Assert.Contains("error CS336LIBTORCH", output, StringComparison.Ordinal);
        Assert.DoesNotContain(" -> ", output, StringComparison.Ordinal);
        // What a restore asks of each project.
        (exitCode, output) = Run([Program, "-t:CollectPackageReferences", .. platform]);
        Assert.True(exitCode == 0, output);
    }

    [Fact]
    public void The_command_line_can_name_another_package_or_none()
    {
        Assert.Equal(["TorchSharp-cuda-linux"], LibTorchReferences(Evaluate(Program, "-p:LibTorchPackage=TorchSharp-cuda-linux")));
        Assert.Empty(LibTorchReferences(Evaluate(Program, "-p:LibTorchPackage=none")));
    }

    [Fact]
    public void Libraries_reference_none() =>
        Assert.Equal(
            ["TorchSharp"], References(Evaluate(Library)).Where(name => name.Contains("torch", StringComparison.OrdinalIgnoreCase)));

    private static IEnumerable<string> LibTorchReferences(JsonElement project) =>
        References(project).Where(name =>
            name.StartsWith("libtorch", StringComparison.Ordinal) || name.StartsWith("TorchSharp-", StringComparison.Ordinal));

    private static IEnumerable<string> References(JsonElement project) =>
        Items(project, "PackageReference").Select(item => item.GetProperty("Identity").GetString()!);

    private static string? VersionOf(JsonElement project, string package) =>
        Items(project, "PackageVersion").Single(item => item.GetProperty("Identity").GetString() == package).GetProperty(
            "Version").GetString();

    private static IEnumerable<JsonElement> Items(JsonElement project, string name) =>
        project.GetProperty("Items").GetProperty(name).EnumerateArray();

    private static JsonElement Evaluate(string project, params string[] properties)
    {
        (int exitCode, string output) = Run([project, "-getItem:PackageReference", "-getItem:PackageVersion", .. properties]);
        Assert.True(exitCode == 0, output);
        return JsonDocument.Parse(output).RootElement;
    }

    private static (int ExitCode, string Output) Run(params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in (string[])["msbuild", "-nologo", "-nodeReuse:false", .. arguments]) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
