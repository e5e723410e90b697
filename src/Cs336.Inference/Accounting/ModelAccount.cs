using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Cs336.Inference;

/// <summary>
/// All that a configuration tells about a model before it is built: parameters, operations and memory, as data, a table or JSON.
/// </summary>
public sealed record ModelAccount
{
    /// <summary>The model's shape.</summary>
    public required TransformerConfig Config { get; init; }

    /// <summary>T, tokens per sequence.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Sequences per batch.</summary>
    public required int Batch { get; init; }

    /// <summary>Parameters by component.</summary>
    public required ParameterCount Parameters { get; init; }

    /// <summary>Floating-point operations of a batch's forward pass.</summary>
    public required FlopCount ForwardFlops { get; init; }

    /// <summary>Floating-point operations of a batch's forward and backward pass.</summary>
    public required FlopCount TrainingFlops { get; init; }

    /// <summary>Bytes that training takes, whatever the batch.</summary>
    public required TrainingMemory Memory { get; init; }

    /// <summary>Bytes that training at this batch takes.</summary>
    public required long MemoryAtBatch { get; init; }

    /// <summary>Accounts for a model, without building it.</summary>
    /// <param name="config">The model's shape.</param>
    /// <param name="sequenceLength">T, tokens per sequence; null for the configuration's context.</param>
    /// <param name="batch">Sequences per batch.</param>
    /// <param name="activations">Which ways of saving memory to count with; null for none, as the course counts.</param>
    /// <exception cref="ArgumentException">The configuration is not sound, or a number is below 1.</exception>
    /// <exception cref="OverflowException">A count is too large: 63 bits for parameters and bytes, 127 for operations.</exception>
    public static ModelAccount Of(
        TransformerConfig config, int? sequenceLength = null, int batch = 1, ActivationOptions? activations = null)
    {
        AccountingInput.Check(config);
        int length = sequenceLength ?? config.ContextLength;
        FlopCount forward = FlopCount.Forward(config, length, batch);
        TrainingMemory memory = TrainingMemory.Of(config, length, activations);
        return new ModelAccount
        {
            Config = config,
            SequenceLength = length,
            Batch = batch,
            Parameters = ParameterCount.Of(config),
            ForwardFlops = forward,
            TrainingFlops = FlopCount.Training(config, length, batch),
            Memory = memory,
            MemoryAtBatch = memory.At(batch),
        };
    }

    /// <summary>The account as indented JSON with names in snake_case.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AccountingJson.Default.ModelAccount);

    /// <summary>The account as tables in Markdown: parameters, forward FLOPs, memory.</summary>
    public string ToMarkdown()
    {
        StringBuilder text = new();
        AppendTable(text, "parameters", Parameters.Components, Parameters.Total);
        AppendTable(text, "forward FLOPs", ForwardFlops.Components, ForwardFlops.Total);
        AppendTable(text, "bytes to train", [
            new("parameters", Memory.Parameters),
            new("gradients", Memory.Gradients),
            new("AdamW's moments", Memory.OptimizerState),
            .. Memory.ActivationsPerSequence.Components.Select(
                item => new AccountedComponent($"activations: {item.Name}", item.Value * Batch)),
        ], MemoryAtBatch);
        return text.ToString();
    }

    private static void AppendTable(StringBuilder text, string title, IReadOnlyList<AccountedComponent> components, Int128 total)
    {
        if (text.Length > 0) text.Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"| {title} | | |\n|---|---:|---:|\n");
        foreach (AccountedComponent component in components)
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {component.Name} | {component.Value:N0} | {(double)component.Value / (double)total:0.00%} |\n");
        text.Append(CultureInfo.InvariantCulture, $"| total | {total:N0} | |\n");
    }
}
