using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>One step: forward, loss and backward for each of its batches, then the update along the clipped gradients.</summary>
internal sealed class TrainingStep(TransformerLM model, IOptimizer optimizer, IReadOnlyList<NamedParameter> parameters,
    BatchReader batches, TrainerOptions options, IRankGroup ranks)
{
    // Gradients that are being added up. They are in no dispose scope: where this rank fails meanwhile, others still wait for their parts.
    private readonly List<Tensor> _sums = [];

    private double[] _losses = []; // of the last step, one for each rank

    /// <summary>
    /// On which ranks the last loss was not finite, as the end of a clause; empty where there is one rank, or every loss was finite.
    /// </summary>
    public string Where => ranks.Size == 1 || _losses.All(double.IsFinite) ? ""
        : $" (on {RankGroupExtensions.NamesOf(_losses.Select(loss => !double.IsFinite(loss)))})";

    /// <summary>Where the model is.</summary>
    public Device Device { get; } = parameters[0].Parameter.device;

    /// <summary>Leaves the gradients with the parameters: those of all ranks' windows, on every rank.</summary>
    /// <param name="step">Number of steps done before it.</param>
    /// <param name="cancellationToken">
    /// Gives up between two batches of the step; one that consists of a single batch, or is taken by several ranks, is always done.
    /// </param>
    /// <returns>
    /// The mean loss of the step's batches in nats per token, and the gradients' norm; null where it gave up, without gradients.
    /// </returns>
    public (double Loss, double GradientNorm)? ComputeGradients(long step, CancellationToken cancellationToken)
    {
        optimizer.ZeroGrad();
        int size = options.BatchSizeOf(step);
        double weight = (double)ranks.RowsOf(size).Count / size; // of this rank's windows in the mean over all
        if (options.Ramp is not null) batches.GoTo(step * options.AccumulationSteps);
        double loss = 0;
        for (int i = 0; i < options.AccumulationSteps; i++)
        {
            if (i > 0 && ranks.Size == 1 && cancellationToken.IsCancellationRequested)
            {
                optimizer.ZeroGrad();
                return null;
            }
            bool isLast = i == options.AccumulationSteps - 1;
            loss += AddGradientsOfBatch(weight, areSummed: isLast && ranks.Size > 1) / options.AccumulationSteps;
        }
        if (ranks.Size > 1) loss = AddUp(loss);
        return (loss, Gradients.GlobalNorm(parameters));
    }

    /// <summary>Updates the parameters along their gradients.</summary>
    /// <param name="gradientNorm">What <see cref="ComputeGradients"/> said.</param>
    /// <param name="learningRate">α of this step.</param>
    public void Update(double gradientNorm, double learningRate) =>
        optimizer.StepClipped(parameters, gradientNorm, options.MaxGradientNorm, learningRate);

    /// <summary>Waits for the sums of gradients; the loss of all ranks.</summary>
    private double AddUp(double loss)
    {
        ranks.FinishSums();
        foreach (Tensor gradient in _sums) gradient.Dispose();
        _sums.Clear();
        _losses = ranks.Gather([loss]);
        return _losses.Sum();
    }

    private double AddGradientsOfBatch(double weight, bool areSummed)
    {
        using DisposeScope scope = NewDisposeScope();
        TokenBatch batch = batches.Next(Device);
        // Each of the n batches has the weight 1 / n, so that the sum of their gradients is the gradient of the mean loss.
        double scale = weight / options.AccumulationSteps;
        return weight * (areSummed
            ? LanguageModelLoss.Backward(model, batch, options.Loss, scale, BeginSum)
            : LanguageModelLoss.Backward(model, batch, options.Loss, scale));
    }

    /// <summary>Has gradients added up over all ranks while others are still computed.</summary>
    private void BeginSum(IReadOnlyList<Tensor> completed)
    {
        List<Tensor> gradients =
            [.. completed.Select(parameter => parameter.grad).OfType<Tensor>().Select(g => g.DetachFromDisposeScope())];
        _sums.AddRange(gradients);
        ranks.BeginSum(gradients, options.GradientPrecision);
    }
}
