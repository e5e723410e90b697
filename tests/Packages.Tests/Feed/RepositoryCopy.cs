namespace Packages.Tests.Feed;

/// <summary>The repository as it is now, without what was built in it: what a stranger has who clones it.</summary>
internal static class RepositoryCopy
{
    /// <summary>Makes the copy, with git's knowledge of the commit and of the remote where there is git.</summary>
    public static void Make(string folder, CommandLine commands)
    {
        Directory.CreateDirectory(folder);
        string root = RepositoryRoot.Path;
        if (!Path.Exists(Path.Combine(root, ".git")))
        {
            CopyFolder(root, folder);
            return;
        }
        string files = commands.Run(root, "git", "ls-files", "-coz", "--exclude-standard");
        foreach (string file in files.Split('\0', StringSplitOptions.TrimEntries))
        {
            if (file.Length == 0 || !File.Exists(Path.Combine(root, file))) continue;
            string copy = Path.Combine(folder, file);
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(Path.Combine(root, file), copy);
        }
        commands.Run(folder, "git", "init", "-q");
        commands.Run(folder, "git", "fetch", "-q", "--depth", "1", "--no-tags", root, "HEAD");
        commands.Run(folder, "git", "update-ref", "HEAD", "FETCH_HEAD");
        (int code, string remote) = commands.Try(root, "git", "config", "--get", "remote.origin.url");
        if (code == 0) commands.Run(folder, "git", "remote", "add", "origin", remote.Trim());
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (DirectoryInfo folder in new DirectoryInfo(from).EnumerateDirectories())
        {
            if (folder.Name is "bin" or "obj" or "runs") continue;
            CopyFolder(folder.FullName, Directory.CreateDirectory(Path.Combine(to, folder.Name)).FullName);
        }
        foreach (FileInfo file in new DirectoryInfo(from).EnumerateFiles())
            if (!file.Name.EndsWith("nupkg", StringComparison.Ordinal)) file.CopyTo(Path.Combine(to, file.Name));
    }
}
