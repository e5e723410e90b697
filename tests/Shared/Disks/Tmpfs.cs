using System.Diagnostics;

namespace Cs336.Testing;

/// <summary>A small file system in memory, mounted on a folder.</summary>
internal sealed class Tmpfs : IDisposable
{
    private readonly string _folder;

    public Tmpfs(string folder, string size)
    {
        _folder = folder;
        Run("mount", "-t", "tmpfs", "-o", $"size={size}", "cs336-tests", folder);
    }

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", _folder);

    public void MakeWritable() => Run("mount", "-o", "remount,rw", _folder);

    public void Dispose() => Run("umount", "-l", _folder);

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException(errors);
    }
}
