namespace Cs336.Testing;

/// <summary>A test of the switches of <c>.ci/without</c>; other runs skip it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SwitchedOffFactAttribute : FactAttribute
{
    public SwitchedOffFactAttribute()
    {
        if (Without is null) Skip = "no instructions are switched off: .ci/without does that";
    }

    /// <summary>What the run was started without: <c>avx512</c>, <c>avx</c> or <c>vectors</c>; null where everything is on.</summary>
    public static string? Without { get; } = Environment.GetEnvironmentVariable("CS336_WITHOUT");
}
