using Packages.Tests.Readmes;

namespace Packages.Tests.Feed;

/// <summary>All packages, packed by the README's command in a fresh copy of the repository.</summary>
public sealed class PackedFeed : IDisposable
{
    public const string PackCommand = "dotnet pack -c Release";

    private readonly Lazy<IReadOnlyList<PackedPackage>> _packages;

    public PackedFeed() => _packages = new Lazy<IReadOnlyList<PackedPackage>>(() =>
    {
        RepositoryCopy.Make(Repository, Stranger.Commands);
        string[] words = PackCommand.Split(' ');
        string output = Stranger.Commands.Run(Repository, words[0], words[1..]);
        Assert.DoesNotContain("warning", output, StringComparison.OrdinalIgnoreCase);
        return [.. Directory.EnumerateFiles(Folder, "*.nupkg").Order(StringComparer.Ordinal).Select(file => new PackedPackage(file))];
    });

    /// <summary>The command cs336, installed from its package.</summary>
    internal InstalledTool Tool => field ??= new InstalledTool(this);

    /// <summary>The files that examples take as given.</summary>
    internal Workplace Workplace => field ??= new Workplace(this);

    internal Stranger Stranger { get; } = new();

    /// <summary>The copy of the repository.</summary>
    internal string Repository => Stranger.File("cs336");

    /// <summary>What the command fills.</summary>
    internal string Folder => Path.Combine(Repository, "artifacts", "packages");

    internal IReadOnlyList<PackedPackage> Packages => _packages.Value;

    internal IEnumerable<PackedPackage> Libraries => Packages.Where(package => package.Id != "Cs336.Cli");

    internal PackedPackage this[string id] => Packages.Single(package => package.Id == id);

    /// <summary>The names of the libraries' packages.</summary>
    internal static IReadOnlyList<string> Ids { get; } =
    [
        .. Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "src")).Select(folder => Path.GetFileName(folder))
            .Where(name => File.Exists(ProjectOf(name))).Order(StringComparer.Ordinal),
    ];

    internal static string ProjectOf(string id) => Path.Combine(RepositoryRoot.Path, "src", id, id + ".csproj");

    /// <summary>Tells NuGet, for the programs in a folder, where our packages are.</summary>
    internal void WriteSources(string folder) => Stranger.Write(Path.Combine(folder, "nuget.config"), $"""
        <?xml version="1.0" encoding="utf-8"?>
        <configuration>
          <packageSources>
            <add key="cs336" value="{Folder}" />
          </packageSources>
        </configuration>
        """);

    public void Dispose() => Stranger.Dispose();
}
