using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>One step: forward, loss and backward for each of its batches, then the update along the clipped gradients.</summary>
internal sealed class TrainingStep(TransformerLM model, IOptimizer optimizer, IReadOnlyList<NamedParameter> parameters,
    BatchReader batches, TrainerOptions options)
{
    /// <summary>Where the model is.</summary>
    public Device Device { get; } = parameters[0].Parameter.device;

    /// <summary>Leaves the gradients with the parameters.</summary>
    /// <param name="cancellationToken">
    /// Gives up between two batches of the step; one that consists of a single batch is always done.
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
            if (i > 0 && cancellationToken.IsCancellationRequested)
            {
                optimizer.ZeroGrad();
                return null;
            }
            loss += AddGradientsOfBatch() / options.AccumulationSteps;
        }
        return (loss, Gradients.GlobalNorm(parameters));
    }

    /// <summary>Updates the parameters along their gradients.</summary>
    /// <param name="gradientNorm">What <see cref="ComputeGradients"/> said.</param>
    /// <param name="learningRate">α of this step.</param>
    public void Update(double gradientNorm, double learningRate) =>
        optimizer.StepClipped(parameters, gradientNorm, options.MaxGradientNorm, learningRate);

    private double AddGradientsOfBatch()
    {
        using DisposeScope scope = NewDisposeScope();
        // Each of the n batches has the weight 1 / n, so that the sum of their gradients is the gradient of the mean loss.
        return LanguageModelLoss.Backward(model, batches.Next(Device), options.Loss, 1.0 / options.AccumulationSteps);
    }
}
