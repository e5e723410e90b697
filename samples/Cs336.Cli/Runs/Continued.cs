using Cs336.Inference;

namespace Cs336.Cli;

/// <summary>What a model added to a prompt.</summary>
internal sealed record Continued(string Text, IReadOnlyList<int> Ids, FinishReason? FinishReason);
