using Cs336.Inference;
using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// The cross-entropy of a model's predictions, computed some positions at a time, so that the (B, T, vocab_size) logits are
/// never all alive, forward or backward. Equal to <see cref="CrossEntropy"/> of the model's logits up to rounding, and faster.
/// </summary>
public static class LanguageModelLoss
{
    private const long LogitsAtOnce = 8_000_000;

    /// <summary>So many numbers of the head's gradient are computed at a time, and added to what is there.</summary>
    private const long HeadGradientAtOnce = 16_000_000;

    /// <summary>Adds the gradients of a batch's loss to those of the model's parameters.</summary>
    /// <param name="batch">What it sees and what comes next, (B, T) each.</param>
    /// <param name="options">The z-loss and the chunks; null for the defaults.</param>
    /// <param name="scale">What the gradients are multiplied by: 1 / n where n batches make one step.</param>
    /// <returns>The mean cross-entropy in nats per token, neither scaled nor with the z-loss; NaN or infinite where a logit is.</returns>
    public static double Backward(TransformerLM model, TokenBatch batch, LossOptions? options = null, double scale = 1)
    {
        ArgumentNullException.ThrowIfNull(model);
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = model.ForwardHidden(batch.Inputs); // (B, T, d_model)
        Tensor gradient = empty_like(hidden.detach());
        double loss = Run(model, hidden.detach(), batch.Targets, options ?? new LossOptions(), scale, gradient);
        Backpropagation.Run(hidden, gradient);
        return loss;
    }

    /// <summary>
    /// As <see cref="Backward(TransformerLM, TokenBatch, LossOptions?, double)"/>, and tells of gradients as soon as nothing will be added
    /// to them: those of the head first, those of the embeddings last. The gradients are the same.
    /// </summary>
    /// <param name="batch">What it sees and what comes next, (B, T) each.</param>
    /// <param name="options">The z-loss and the chunks; null for the defaults.</param>
    /// <param name="scale">What the gradients are multiplied by: 1 / n where n batches make one step.</param>
    /// <param name="completed">
    /// Is given the parameters whose gradients are complete, while those of others are still to be computed; each parameter once.
    /// </param>
    /// <returns>The mean cross-entropy in nats per token, neither scaled nor with the z-loss; NaN or infinite where a logit is.</returns>
    public static double Backward(
        TransformerLM model, TokenBatch batch, LossOptions? options, double scale, Action<IReadOnlyList<Tensor>> completed)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(completed);
        using DisposeScope scope = NewDisposeScope();
        IReadOnlyList<ForwardStage> stages = model.ForwardStages(batch.Inputs);
        Tensor hidden = stages[^1].Output.detach(); // (B, T, d_model)
        Tensor?[] gradients = new Tensor?[stages.Count];
        gradients[^1] = empty_like(hidden);
        double loss = Run(model, hidden, batch.Targets, options ?? new LossOptions(), scale, gradients[^1]);
        if (!model.Config.TiedEmbeddings) completed([model.HeadWeight]);
        for (int i = stages.Count - 1; i >= 0; i--)
        {
            Backpropagation.Run(stages[i].Output, gradients[i]);
            completed(stages[i].Parameters);
            gradients[i]!.Dispose();
            stages[i].Output.Dispose();
            foreach ((Tensor input, int from) in stages[i].Inputs)
                gradients[from] = gradients[from] is Tensor others ? others.add_(input.grad!, alpha: Scalars.One) : input.grad;
        }
        return loss;
    }

    /// <summary>The mean cross-entropy of a batch, without gradients.</summary>
    /// <param name="batch">What it sees and what comes next, (B, T) each.</param>
    /// <param name="options">The chunks; null for the defaults. The z-loss is not part of the result.</param>
    /// <returns>Nats per token; NaN or infinite where a logit is.</returns>
    public static double Compute(TransformerLM model, TokenBatch batch, LossOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return Run(model, model.ForwardHidden(batch.Inputs), batch.Targets, options ?? new LossOptions(), 1, null);
    }

    /// <summary>Positions of a batch, all sequences one after the other, whose logits are alive at a time.</summary>
    internal static long ChunkOf(TransformerConfig model, LossOptions options) =>
        options.ChunkTokens ?? Math.Max(1, LogitsAtOnce / model.VocabSize);

    private static double Run(TransformerLM model, Tensor hidden, Tensor targets, LossOptions options, double scale, Tensor? gradient)
    {
        ScalarType type = model.Precision.ToScalarType();
        Tensor head = model.HeadWeight; // (vocab_size, d_model)
        Tensor factors = head.detach().to_type(type);
        Tensor rows = hidden.flatten(0, 1).to_type(type), ids = targets.flatten(); // (N, d_model), (N)
        Tensor? rowGradients = gradient?.flatten(0, 1);
        long count = rows.size(0);
        long chunk = ChunkOf(model.Config, options);
        double nats = 0;
        for (long start = 0; start < count; start += chunk)
        {
            using DisposeScope scope = NewDisposeScope();
            long length = Math.Min(chunk, count - start);
            Tensor x = rows.narrow(0, start, length).detach().requires_grad_(gradient is not null);
            Tensor logits = LinearMap.Compute(x, factors, model.Path); // (n, vocab_size)
            Tensor values = logits.detach().to_type(float32); // they become their own gradients
            nats += CrossEntropy.InPlace(
                values, ids.narrow(0, start, length), scale / count, options.ZLossWeight, gradient is not null, model.Config.LogitSoftCap);
            if (rowGradients is null) continue;
            Tensor logitGradients = values.to_type(type);
            Backpropagation.Run(logits, logitGradients);
            rowGradients.narrow(0, start, length).copy_(x.grad!);
            AddHeadGradient(head, logitGradients, x.detach(), model.Path);
        }
        return nats / count;
    }

    /// <summary>
    /// Adds gᵀ x to the head's gradient, where g are the logits' gradients (n, vocab_size) and x what the head was given (n, d_model).
    /// </summary>
    /// <remarks>
    /// Computed on its own: left to the backward pass of the logits, it takes half as long again for so wide a matrix. And some rows of the
    /// vocabulary at a time: here all activations of the model are alive, so that a second gradient of the head's size, which is a quarter
    /// of GPT-2 small, would be the most memory that a step takes.
    /// </remarks>
    private static void AddHeadGradient(Tensor head, Tensor logitGradients, Tensor x, ComputePath path)
    {
        // The product comes out transposed in memory; the optimizer passes over parameters and gradients side by side.
        bool isFirst = head.grad is null;
        Tensor sum = head.grad ?? empty_like(head.detach());
        long vocabSize = head.size(0), rows = Math.Max(1, HeadGradientAtOnce / head.size(1));
        for (long start = 0; start < vocabSize; start += rows)
        {
            using DisposeScope scope = NewDisposeScope();
            long length = Math.Min(rows, vocabSize - start);
            Tensor part = LinearMap.Compute(logitGradients.narrow(1, start, length).t(), x.t(), path).to_type(float32);
            Tensor place = sum.narrow(0, start, length);
            if (isFirst) place.copy_(part);
            else place.add_(part, alpha: Scalars.One);
        }
        if (isFirst) head.grad = sum;
    }
}
