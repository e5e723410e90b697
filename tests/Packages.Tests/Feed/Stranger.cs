namespace Packages.Tests.Feed;

/// <summary>
/// Somebody who has the .NET SDK and nothing of ours: a home and a package cache of their own. Packages of others are taken from this
/// machine's cache where they are there, so that nobody downloads libtorch twice.
/// </summary>
internal sealed class Stranger : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Stranger()
    {
        string home = Directory.CreateDirectory(File("home")).FullName;
        string settings = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "NuGet", "NuGet.Config");
        if (System.IO.File.Exists(settings)) // where the packages of others come from
        {
            string copy = Path.Combine(home, ".nuget", "NuGet", "NuGet.Config");
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            System.IO.File.Copy(settings, copy);
        }
        PackageCache.LinkAllOfOthers(File("downloaded"));
        Dictionary<string, string?> environment = new()
        {
            ["HOME"] = home,
            ["DOTNET_CLI_HOME"] = home,
            ["NUGET_PACKAGES"] = File("cache"),
            ["NUGET_FALLBACK_PACKAGES"] = File("downloaded"),
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            // No process of the build stays behind, and libtorch is linked, not copied.
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0",
            ["CreateHardLinksForCopyLocalIfPossible"] = "true",
            ["CS336_LIBTORCH"] = null,
        };
        // What `dotnet test` sets for its own build.
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>())
        {
            if (name.StartsWith("MSBuild", StringComparison.Ordinal) || name.StartsWith("VSTEST", StringComparison.Ordinal))
                environment[name] = null;
        }
        Commands = new CommandLine(environment);
    }

    public CommandLine Commands { get; }

    public string File(string name) => _folder.File(name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        return _folder.Write(name, text);
    }

    public void Dispose()
    {
        Commands.Try(_folder.Path, "dotnet", "build-server", "shutdown", "--vbcscompiler");
        _folder.Dispose();
    }
}
