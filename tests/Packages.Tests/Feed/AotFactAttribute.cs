namespace Packages.Tests.Feed;

/// <summary>A test that compiles to machine code, and is skipped where the linker for it is missing.</summary>
internal sealed class AotFactAttribute : RegistryFactAttribute
{
    public AotFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip ??= "only on Linux is it known which linker there must be";
        else if (!Has("clang") && !Has("gcc")) Skip ??= "needs clang or gcc, which this machine does not have";
    }

    private static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, program)));
}
