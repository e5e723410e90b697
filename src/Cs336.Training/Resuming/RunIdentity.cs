using System.Text.Json;

namespace Cs336.Training;

/// <summary>What a run is made of, so that it is told where it goes on with something else.</summary>
/// <param name="Optimizer">Name of the optimizer's type.</param>
/// <param name="Texts">What it learns from.</param>
/// <param name="Validation">Fingerprint of what it is validated on; null for nothing.</param>
/// <param name="Tokenizer">Fingerprint of the tokenizer; null where it is not known.</param>
internal sealed record RunIdentity(string Optimizer, IReadOnlyList<TextIdentity> Texts, string? Validation = null, string? Tokenizer = null)
{
    /// <summary><see cref="Trainer.Description"/>; null where there is none.</summary>
    public JsonElement? Description { get; init; }

    /// <summary>The optimizer's type; a divided one is what it was before.</summary>
    public static string NameOf(IOptimizer optimizer) => optimizer is ShardedOptimizer sharded ? sharded.Name : optimizer.GetType().Name;

    public static RunIdentity Of(IOptimizer optimizer, TrainingData data) => new(
        NameOf(optimizer),
        [.. data.Training.Texts.Select((text, i) => new TextIdentity(text.Path, text.Length, Fingerprint.Of(text),
            data.Training.Shares[i]))],
        data.Validation is null ? null : Fingerprint.Of(data.Validation),
        data.TokenizerFingerprint);
}
