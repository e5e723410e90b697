using System.Globalization;

namespace Cs336.Inference;

/// <summary>A tensor of a model, as architecture <c>llama</c> and as this library call it.</summary>
/// <param name="Name">What a GGUF file calls it.</param>
/// <param name="Source">What safetensors files of this library call it.</param>
/// <param name="Shape">The dimensions, outermost first.</param>
/// <remarks>
/// Rows of queries and keys are in one order in both: consecutive ones rotate together. Files of Hugging Face have them in another.
/// </remarks>
internal sealed record GgufTensor(string Name, string Source, long[] Shape)
{
    private static readonly Dictionary<string, string> Parts = new()
    {
        ["ln1"] = "attn_norm",
        ["attn.q_proj"] = "attn_q",
        ["attn.k_proj"] = "attn_k",
        ["attn.v_proj"] = "attn_v",
        ["attn.output_proj"] = "attn_output",
        ["ln2"] = "ffn_norm",
        ["ffn.w1"] = "ffn_gate",
        ["ffn.w3"] = "ffn_up",
        ["ffn.w2"] = "ffn_down",
    };

    /// <summary>
    /// The type that it has in a file whose matrices have another: norms are always float32, and rows that blocks do not fill are in half
    /// precision, as llama.cpp's quantization has them where its own smaller blocks do not help. Embeddings and head have 8 bits where the
    /// others have 4: they lose most of all, and of a model of some size they are a small part.
    /// </summary>
    public GgufType TypeIn(GgufType type)
    {
        if (Shape.Length == 1) return GgufType.F32;
        if (type == GgufType.Q4_0 && Source is (TransformerTensors.Embeddings or TransformerTensors.Head)) type = GgufType.Q8_0;
        return Shape[^1] % GgufElements.BlockOf(type) == 0 ? type : GgufType.F16;
    }

    /// <summary>All tensors of a model, in the order in which it uses them.</summary>
    public static IEnumerable<GgufTensor> Of(TransformerConfig config)
    {
        foreach ((string source, long[] shape) in TransformerTensors.Of(config)) yield return new GgufTensor(NameOf(source), source, shape);
    }

    private static string NameOf(string source)
    {
        switch (source)
        {
            case TransformerTensors.Embeddings: return GgufNames.EmbeddingsTensor;
            case TransformerTensors.FinalNorm: return GgufNames.FinalNormTensor;
            case TransformerTensors.Head: return GgufNames.HeadTensor;
        }
        string[] names = source.Split('.'); // layers, the number, one or two names, weight
        return string.Create(CultureInfo.InvariantCulture, $"blk.{names[1]}.{Parts[string.Join('.', names[2..^1])]}.weight");
    }
}
