namespace Cs336.Inference;

/// <summary>What transformers calls the tensors of a LLaMA model, and what they are called here.</summary>
internal static class HuggingFaceTensors
{
    private const string Layers = "layers.", TheirLayers = "model.layers.", Weight = ".weight";

    private static readonly (string Ours, string Theirs)[] Outside =
    [
        (TransformerTensors.Embeddings, "model.embed_tokens.weight"),
        (TransformerTensors.FinalNorm, "model.norm.weight"),
        (TransformerTensors.Head, "lm_head.weight"),
    ];

    private static readonly (string Ours, string Theirs)[] InLayer =
    [
        ("ln1", "input_layernorm"), ("ln2", "post_attention_layernorm"),
        ("attn.q_proj", "self_attn.q_proj"), ("attn.k_proj", "self_attn.k_proj"), ("attn.v_proj", "self_attn.v_proj"),
        ("attn.output_proj", "self_attn.o_proj"),
        ("ffn.w1", "mlp.gate_proj"), ("ffn.w2", "mlp.down_proj"), ("ffn.w3", "mlp.up_proj"),
    ];

    /// <summary>Their name of a tensor of ours; a name that is none of ours stays.</summary>
    public static string ToTheirs(string ours)
    {
        foreach ((string name, string theirs) in Outside)
            if (name == ours) return theirs;
        if (Split(ours, Layers) is not (string number, string part)) return ours;
        foreach ((string name, string theirs) in InLayer)
            if (name == part) return TheirLayers + number + "." + theirs + Weight;
        return ours;
    }

    /// <summary>Our name of a tensor of theirs; null where we have none.</summary>
    public static string? ToOurs(string theirs)
    {
        foreach ((string ours, string name) in Outside)
            if (name == theirs) return ours;
        if (Split(theirs, TheirLayers) is not (string number, string part)) return null;
        foreach ((string ours, string name) in InLayer)
            if (name == part) return Layers + number + "." + ours + Weight;
        return null;
    }

    /// <summary>
    /// Whether a tensor follows from the configuration: files of earlier versions hold the rotary embedding's frequencies.
    /// </summary>
    public static bool IsDerived(string theirs) => theirs.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>Whether a tensor of ours is a matrix of queries or keys.</summary>
    public static bool IsRotated(string ours) =>
        ours.EndsWith(".attn.q_proj.weight", StringComparison.Ordinal) || ours.EndsWith(".attn.k_proj.weight", StringComparison.Ordinal);

    /// <summary>The 7 and the attn.q_proj of layers.7.attn.q_proj.weight.</summary>
    private static (string Number, string Part)? Split(string name, string start)
    {
        if (!name.StartsWith(start, StringComparison.Ordinal) || !name.EndsWith(Weight, StringComparison.Ordinal)) return null;
        int dot = name.IndexOf('.', start.Length), end = name.Length - Weight.Length;
        return dot < 0 || dot + 1 > end ? null : (name[start.Length..dot], name[(dot + 1)..end]);
    }
}
