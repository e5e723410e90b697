using Cs336.Testing;

namespace Packages.Tests.Feed;

/// <summary>A test that compiles to machine code, and is skipped where the linker for it is missing.</summary>
internal sealed class AotFactAttribute : RegistryFactAttribute
{
    public AotFactAttribute()
    {
        if (!OperatingSystem.IsLinux()) Skip ??= "only on Linux is it known which linker there must be";
        else if (ProgramPath.Find("clang") is null && ProgramPath.Find("gcc") is null)
            Skip ??= "needs clang or gcc, which this machine does not have";
    }
}
