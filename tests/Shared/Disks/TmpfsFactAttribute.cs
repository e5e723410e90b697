namespace Cs336.Testing;

/// <summary>A test that needs a small file system of its own, which only root may mount.</summary>
internal sealed class TmpfsFactAttribute : FactAttribute
{
    private static readonly string? Problem = FindProblem();

    public TmpfsFactAttribute() => Skip = Problem;

    private static string? FindProblem()
    {
        if (!OperatingSystem.IsLinux()) return "needs a tmpfs, which Linux has";
        using TemporaryFolder folder = new();
        try
        {
            using Tmpfs tmpfs = new(folder.Path, "64k");
            return null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return $"needs to mount a tmpfs: {exception.Message}";
        }
    }
}
