namespace Cs336.Testing;

/// <summary>A test that asks Linux which files are open.</summary>
internal sealed class LinuxFactAttribute : FactAttribute
{
    public LinuxFactAttribute() => Skip = OperatingSystem.IsLinux() ? null : "reads /proc, which Linux has";
}
