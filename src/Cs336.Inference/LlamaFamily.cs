namespace Cs336.Inference;

/// <summary>
/// What models of LLaMA's family have in common: whichever of them a model is written as, for llama.cpp or for transformers, it must not
/// have more than this. What single architectures have besides or lack is told by those who write them.
/// </summary>
internal static class LlamaFamily
{
    /// <summary>A sentence, without its full stop, for each choice of a model that no architecture of the family has.</summary>
    public static IEnumerable<string> FindProblems(TransformerConfig config)
    {
        if (config.Norm != NormPlacement.Pre)
            yield return
                $"norm is {Spell(config.Norm)}, but LLaMA's architecture normalises before each sublayer: only pre can be exported";
        if (config.Position != PositionEncoding.Rope)
            yield return
                $"position is {Spell(config.Position)}, but LLaMA's architecture has rotary positions: only rope can be exported";
        if (config.FeedForward != FeedForwardKind.SwiGlu)
            yield return $"ffn is {Spell(config.FeedForward)}, but LLaMA's architecture has a feed-forward network with a gate: only "
                + "swiglu can be exported";
        if (config.LogitSoftCap is double cap)
            yield return $"logit_soft_cap is {cap}, but LLaMA's architecture has logits as they are: only null can be exported";
        if (config.EmbeddingScale is double scale)
            yield return $"embedding_scale is {scale}, but LLaMA's architecture takes embeddings as they are: only null can be exported";
        if (config.WindowPattern is string pattern)
            yield return $"window_pattern is {pattern}, but LLaMA's architecture has windows in all layers behind the first without one: "
                + "only null can be exported";
        if (config.ValueEmbeddings)
            yield return "value_embeddings is true, but LLaMA's architecture has values of its input alone: only false can be exported";
        if (config.UNetSkips)
            yield return "unet_skips is true, but LLaMA's architecture has layers that see the one before: only false can be exported";
    }

    private static string Spell<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
