using Cs336.Testing;

namespace Cs336.Serving.Tests.Publishing;

/// <summary>A test that publishes a program: skipped where compiling ahead of time has no C linker.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PublishFactAttribute : FactAttribute
{
    private static readonly string[] Linkers = ["clang", "gcc"];

    public bool NeedsLinker { get; init; } = true;

    public override string? Skip
    {
        get => base.Skip ?? (LacksLinker ? "No clang or gcc was found to link with." : null);
        set => base.Skip = value;
    }

    private bool LacksLinker => NeedsLinker && !OperatingSystem.IsWindows() && Linkers.All(linker => ProgramPath.Find(linker) is null);
}
