namespace WorldTokenizers.Tests.Npm;

/// <summary>As <see cref="NpmFactAttribute"/>, for each row of data.</summary>
internal sealed class NpmTheoryAttribute : TheoryAttribute
{
    public NpmTheoryAttribute() => Skip = NpmStore.WhyMissing;
}
