namespace Cs336.Transformer.Tests;

/// <summary>The models whose logits and gradients PyTorch computed: the variants of <c>golden/make_golden.py</c>.</summary>
internal static class GoldenModels
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "base", "post-norm", "no-norm", "nope", "silu", "grouped-tied", "relu2", "soft-cap", "embedding-scale",
        "window-pattern", "value-embeddings", "unet-skips", "every-switch",
    ];

    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden");
}
