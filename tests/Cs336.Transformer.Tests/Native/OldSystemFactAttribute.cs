namespace Cs336.Transformer.Tests;

/// <summary>A test of what happens where TorchSharp does not load as shipped, such as Debian 12; newer systems skip it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OldSystemFactAttribute : GlibcFactAttribute
{
    public OldSystemFactAttribute()
    {
        if (Skip is null && LibTorch.EnsureLoaded().WeakenedVersions.Count == 0)
            Skip = "TorchSharp loads on this system as shipped: its libstdc++ is new enough";
    }
}
