namespace Cs336.Inference;

/// <summary>
/// The four sizes of GPT-2 (Radford et al., 2019) as the course accounts for them: our architecture with SwiGLU, a vocabulary of 50,257,
/// a context of 1,024 and an untied head. In 2025 d_ff is 4 · d_model, in 2026 the multiple of 64 that is nearest to 8/3 · d_model.
/// </summary>
public static class Gpt2Shapes
{
    /// <summary>12 layers, d_model 768, 12 heads.</summary>
    public static TransformerConfig Small { get; } = Of(layers: 12, dModel: 768, heads: 12);

    /// <summary>24 layers, d_model 1,024, 16 heads.</summary>
    public static TransformerConfig Medium { get; } = Of(layers: 24, dModel: 1024, heads: 16);

    /// <summary>36 layers, d_model 1,280, 20 heads.</summary>
    public static TransformerConfig Large { get; } = Of(layers: 36, dModel: 1280, heads: 20);

    /// <summary>48 layers, d_model 1,600, 25 heads.</summary>
    public static TransformerConfig Xl { get; } = Of(layers: 48, dModel: 1600, heads: 25);

    /// <summary>12 layers, d_model 768, 12 heads, d_ff 2,048: the course of 2026.</summary>
    public static TransformerConfig Small2026 { get; } = Small with { DFf = 2048 };

    /// <summary>24 layers, d_model 1,024, 16 heads, d_ff 2,752: the course of 2026.</summary>
    public static TransformerConfig Medium2026 { get; } = Medium with { DFf = 2752 };

    /// <summary>36 layers, d_model 1,280, 20 heads, d_ff 3,392: the course of 2026.</summary>
    public static TransformerConfig Large2026 { get; } = Large with { DFf = 3392 };

    /// <summary>48 layers, d_model 1,600, 25 heads, d_ff 4,288: the course of 2026.</summary>
    public static TransformerConfig Xl2026 { get; } = Xl with { DFf = 4288 };

    private static TransformerConfig Of(int layers, int dModel, int heads) => new()
    {
        VocabSize = 50_257,
        ContextLength = 1024,
        DModel = dModel,
        NumLayers = layers,
        NumHeads = heads,
        DFf = 4 * dModel,
    };
}
