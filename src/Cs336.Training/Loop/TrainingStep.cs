using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>One step: forward, loss and backward for each of its batches, then the update along the clipped gradients.</summary>
internal sealed class TrainingStep(TransformerLM model, IOptimizer optimizer, IReadOnlyList<NamedParameter> parameters,
    BatchReader batches, TrainerOptions options, IRankGroup ranks)
{
    /// <summary>What each rank's windows count for in the mean over all.</summary>
    private readonly double _share = (double)ranks.RowsOf(options.BatchSize).Count / options.BatchSize;

    private double[] _losses = [];

    /// <summary>On which ranks the last loss was not finite, as the end of a clause; empty where there is one or none of them.</summary>
    public string Where => ranks.Size == 1 || _losses.All(double.IsFinite) ? ""
        : $" (on {RankGroupExtensions.NamesOf(_losses.Select(loss => !double.IsFinite(loss)))})";

    /// <summary>Where the model is.</summary>
    public Device Device { get; } = parameters[0].Parameter.device;

    /// <summary>Leaves the gradients with the parameters: those of all ranks' windows, on every rank.</summary>
    /// <param name="cancellationToken">
    /// Gives up between two batches of the step; one that consists of a single batch, or is taken by several ranks, is always done.
    /// </param>
    /// <returns>
    /// The mean loss of the step's batches in nats per token, and the gradients' norm; null where it gave up, without gradients.
    /// </returns>
    public (double Loss, double GradientNorm)? ComputeGradients(CancellationToken cancellationToken)
    {
        optimizer.ZeroGrad();
        double loss = 0;
        for (int i = 0; i < options.AccumulationSteps; i++)
        {
            if (i > 0 && ranks.Size == 1 && cancellationToken.IsCancellationRequested)
            {
                optimizer.ZeroGrad();
                return null;
            }
            loss += AddGradientsOfBatch() / options.AccumulationSteps;
        }
        if (ranks.Size > 1) loss = AddUp(loss);
        return (loss, Gradients.GlobalNorm(parameters));
    }

    /// <summary>Updates the parameters along their gradients.</summary>
    /// <param name="gradientNorm">What <see cref="ComputeGradients"/> said.</param>
    /// <param name="learningRate">α of this step.</param>
    public void Update(double gradientNorm, double learningRate) =>
        optimizer.StepClipped(parameters, gradientNorm, options.MaxGradientNorm, learningRate);

    /// <summary>The gradients and the loss of all ranks.</summary>
    private double AddUp(double loss)
    {
        using DisposeScope scope = NewDisposeScope();
        ranks.BeginSum([.. parameters.Select(item => item.Parameter.grad).OfType<Tensor>()], options.GradientPrecision);
        ranks.FinishSums();
        _losses = ranks.Gather([loss]);
        return _losses.Sum();
    }

    private double AddGradientsOfBatch()
    {
        using DisposeScope scope = NewDisposeScope();
        // Each of the n batches has the weight 1 / n, so that the sum of their gradients is the gradient of the mean loss.
        return _share * LanguageModelLoss.Backward(model, batches.Next(Device), options.Loss, _share / options.AccumulationSteps);
    }
}
