namespace Packages.Tests.Readmes;

/// <summary>The command cs336, installed from its package.</summary>
internal sealed class InstalledTool
{
    public InstalledTool(PackedFeed feed)
    {
        Folder = feed.Stranger.File("tools");
        feed.Stranger.Commands.Run(
            feed.Repository, "dotnet", "tool", "install", "Cs336.Cli", "--version", feed["Cs336.Cli"].Version,
            "--tool-path", Folder, "--add-source", feed.Folder);
    }

    public string Folder { get; }

    public string Program => Path.Combine(Folder, OperatingSystem.IsWindows() ? "cs336.exe" : "cs336");
}
