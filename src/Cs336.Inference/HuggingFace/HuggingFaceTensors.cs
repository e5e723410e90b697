namespace Cs336.Inference;

/// <summary>What transformers calls the tensors of a model of LLaMA's family, and what they are called here.</summary>
internal static class HuggingFaceTensors
{
    private const string Layers = "layers.", TheirLayers = "model.layers.";

    private static readonly (string Ours, string Theirs)[] Outside =
    [
        (TransformerTensors.Embeddings, "model.embed_tokens.weight"),
        (TransformerTensors.FinalNorm, "model.norm.weight"),
        (TransformerTensors.Head, "lm_head.weight"),
    ];

    private static readonly (string Ours, string Theirs)[] InLayer =
    [
        ("ln1.weight", "input_layernorm.weight"), ("ln2.weight", "post_attention_layernorm.weight"),
        ("attn.q_proj.weight", "self_attn.q_proj.weight"), ("attn.q_proj.bias", "self_attn.q_proj.bias"),
        ("attn.k_proj.weight", "self_attn.k_proj.weight"), ("attn.k_proj.bias", "self_attn.k_proj.bias"),
        ("attn.v_proj.weight", "self_attn.v_proj.weight"), ("attn.v_proj.bias", "self_attn.v_proj.bias"),
        ("attn.q_norm.weight", "self_attn.q_norm.weight"), ("attn.k_norm.weight", "self_attn.k_norm.weight"),
        ("attn.output_proj.weight", "self_attn.o_proj.weight"),
        ("ffn.w1.weight", "mlp.gate_proj.weight"), ("ffn.w2.weight", "mlp.down_proj.weight"), ("ffn.w3.weight", "mlp.up_proj.weight"),
    ];

    /// <summary>The tensors of a layer whose rows, biases or gains change places where a head's numbers do.</summary>
    private static readonly string[] Rotated =
    [
        ".attn.q_proj.weight", ".attn.k_proj.weight", ".attn.q_proj.bias", ".attn.k_proj.bias", ".attn.q_norm.weight",
        ".attn.k_norm.weight",
    ];

    /// <summary>Their name of a tensor of ours; a name that is none of ours stays.</summary>
    public static string ToTheirs(string ours)
    {
        foreach ((string name, string theirs) in Outside)
            if (name == ours) return theirs;
        if (Split(ours, Layers) is not (string number, string part)) return ours;
        foreach ((string name, string theirs) in InLayer)
            if (name == part) return TheirLayers + number + "." + theirs;
        return ours;
    }

    /// <summary>Our name of a tensor of theirs; null where we have none.</summary>
    public static string? ToOurs(string theirs)
    {
        foreach ((string ours, string name) in Outside)
            if (name == theirs) return ours;
        if (Split(theirs, TheirLayers) is not (string number, string part)) return null;
        foreach ((string ours, string name) in InLayer)
            if (name == part) return Layers + number + "." + ours;
        return null;
    }

    /// <summary>
    /// Whether a tensor follows from the configuration: files of earlier versions hold the rotary embedding's frequencies.
    /// </summary>
    public static bool IsDerived(string theirs) => theirs.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal);

    /// <summary>Whether a tensor of ours belongs to queries or keys, so that its rows are turned in pairs.</summary>
    public static bool IsRotated(string ours) => Array.Exists(Rotated, end => ours.EndsWith(end, StringComparison.Ordinal));

    /// <summary>The 7 and the attn.q_proj.weight of layers.7.attn.q_proj.weight.</summary>
    private static (string Number, string Part)? Split(string name, string start)
    {
        if (!name.StartsWith(start, StringComparison.Ordinal)) return null;
        int dot = name.IndexOf('.', start.Length);
        return dot < 0 ? null : (name[start.Length..dot], name[(dot + 1)..]);
    }
}
