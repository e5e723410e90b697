namespace Cs336.Transformer.Tests;

/// <summary>A test of what the library does on systems with the GNU C library; others skip it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal class GlibcFactAttribute : FactAttribute
{
    public GlibcFactAttribute()
    {
        if (!Glibc.IsPresent) Skip = "this system's C library is not glibc";
    }
}
