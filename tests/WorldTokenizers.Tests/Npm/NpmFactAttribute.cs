namespace WorldTokenizers.Tests.Npm;

/// <summary>A test that needs Node.js and packages of the npm registry, and is skipped where they cannot be had.</summary>
internal sealed class NpmFactAttribute : FactAttribute
{
    public NpmFactAttribute() => Skip = NpmStore.WhyMissing;
}
