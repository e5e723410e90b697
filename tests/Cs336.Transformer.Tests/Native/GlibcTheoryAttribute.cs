namespace Cs336.Transformer.Tests;

/// <summary>A test with cases of what the library does on systems with the GNU C library; others skip it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class GlibcTheoryAttribute : TheoryAttribute
{
    public GlibcTheoryAttribute()
    {
        if (!Glibc.IsPresent) Skip = "this system's C library is not glibc";
    }
}
