using System.Globalization;
using Cs336.Inference;
using Cs336.Transformer;

namespace Cs336.Training;

/// <summary>
/// How much memory a run on the processor takes, estimated without making any of it, beside what the process can have:
/// <see cref="RunParts.EstimateMemory"/>. A run whose <see cref="Fixed"/> does not fit is refused; where only <see cref="Total"/>
/// does not, it begins with a warning.
/// </summary>
public sealed record RunMemory
{
    private const int BytesPerId = sizeof(long);

    /// <summary>
    /// Bytes of the parameters, their gradients and average, the optimizer's state and the batches that are read ahead: without them no
    /// step is possible.
    /// </summary>
    public required long Fixed { get; init; }

    /// <summary>
    /// Bytes in all: with the activations and logits of a batch, and the copy that is written to a checkpoint in the background.
    /// </summary>
    public required long Total { get; init; }

    /// <summary>
    /// Bytes that this process can have: the machine's main memory, or less where the process or its container is limited.
    /// </summary>
    public required long Available { get; init; }

    /// <summary>Why the run cannot be, in a sentence with what to do; null where it can.</summary>
    public string? FindProblem() => Fixed <= Available ? null
        : $"The run takes at least {Print(Fixed)} of memory for parameters, gradients, the optimizer's state and batches, but this process "
            + $"can have {Print(Available)}: choose a smaller d_model, num_layers, d_ff, vocab_size or batch_size, or another machine.";

    /// <summary>What may come of the run, in a sentence with what to do; null where all of it fits.</summary>
    public string? FindWarning() => Total <= Available ? null
        : $"The run takes about {Print(Total)} of memory, but this process can have {Print(Available)}, and the system may end it "
            + "without a word: lower batch_size, and raise accumulation_steps for as many tokens per step, "
            + "or switch checkpoint_in_background off.";

    /// <summary>Estimates a run.</summary>
    /// <param name="model">The model's shape.</param>
    /// <param name="path">Which code computes it.</param>
    /// <param name="training">Batches and checkpoints.</param>
    /// <param name="optimizerBytes">Bytes of the optimizer's state.</param>
    internal static RunMemory Of(TransformerConfig model, ComputePath path, TrainerOptions training, Int128 optimizerBytes)
    {
        int length = training.WindowLength ?? model.ContextLength;
        Int128 parameters = sizeof(float) * (Int128)ParameterCount.Of(model).Total;
        Int128 tokens = (Int128)training.BatchSize * length;
        Int128 batches = tokens * 2 * BytesPerId * (training.ReadAhead + 2L);
        // Logits are those of a chunk, however many sequences it takes.
        ActivationMemory sequence = ActivationMemory.PerSequence(model, length,
            new ActivationOptions { FusedAttention = true, LossChunkLength = 1 });
        Int128 scores = path == ComputePath.Fast ? 0 : 2 * sizeof(float) * (Int128)model.NumLayers * model.NumHeads * length * length;
        Int128 logits = 2 * sizeof(float) * Int128.Min(tokens, LanguageModelLoss.ChunkOf(model, training.Loss)) * model.VocabSize;
        Int128 activations = training.BatchSize * (scores + sequence.Total - sequence.Logits - sequence.CrossEntropy);
        Int128 averages = training.EmaDecay is null ? 0 : parameters;
        Int128 needed = 2 * parameters + averages + optimizerBytes + batches,
            copy = training.CheckpointInBackground ? parameters + averages + optimizerBytes : 0;
        return new RunMemory { Fixed = Clamp(needed), Total = Clamp(needed + activations + logits + copy),
            Available = MachineMemory.Available };
    }

    private static long Clamp(Int128 bytes) => (long)Int128.Min(bytes, long.MaxValue);

    private static string Print(long bytes) =>
        bytes >= 1_000_000_000 ? string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:#,0.0} GB")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB");
}
