namespace Cs336.Inference;

/// <summary>
/// The four sizes of GPT-2 (Radford et al., 2019) as the course accounts for them: our architecture with SwiGLU and d_ff = 4 · d_model,
/// a vocabulary of 50,257, a context of 1,024 and an untied head.
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
