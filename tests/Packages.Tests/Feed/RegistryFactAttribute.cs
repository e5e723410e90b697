namespace Packages.Tests.Feed;

/// <summary>A test that restores packages of others, and is skipped where they can be had neither here nor from a registry.</summary>
internal class RegistryFactAttribute : FactAttribute
{
    private const string Project = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <TargetFramework>net10.0</TargetFramework>
            <UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier>
            <PublishAot>true</PublishAot>
          </PropertyGroup>
        </Project>
        """;

    // What is published here needs more than what is built: the runtime, and the compiler to machine code.
    private static readonly Lazy<string?> Reason = new(() =>
    {
        using Stranger stranger = new();
        string folder = Path.GetDirectoryName(stranger.Write("probe/probe.csproj", Project))!;
        (int code, string output) = stranger.Commands.Try(folder, "dotnet", "restore");
        if (code == 0) return null;
        return "packages cannot be restored here: " + output.Split('\n').FirstOrDefault(
            line => line.Contains("error", StringComparison.Ordinal));
    });

    public RegistryFactAttribute() => Skip = Reason.Value;
}
