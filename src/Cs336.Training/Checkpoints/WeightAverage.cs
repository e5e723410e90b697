using Cs336.Transformer;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// The exponential moving average of a model's weights (Polyak and Juditsky, 1992; Tarvainen and Valpola, 2017). After the update of
/// step t, from 0:
/// <code>
/// d = min(ema_decay, (1 + t) / (10 + t))
/// θ̄ ← d θ̄ + (1 - d) θ
/// </code>
/// The first steps have a smaller d, so that the weights of the beginning, which know nothing, are soon forgotten. Its tensors live as
/// long as this object does.
/// </summary>
internal sealed class WeightAverage
{
    /// <summary>The file of a checkpoint with the weights that are trained, where those of the model are the average.</summary>
    public const string TrainedFile = "trained.safetensors";

    /// <summary>The file of a checkpoint with the average, where the model's weights are those that are trained.</summary>
    public const string AverageFile = "average.safetensors";

    private readonly IReadOnlyList<NamedParameter> _parameters;
    private readonly Tensor[] _averages;
    private readonly double _decay;

    private WeightAverage(TransformerLM model, double decay, EvaluatedWeights evaluated)
    {
        (_parameters, _decay, Evaluated) = (NamedParameter.Of(model), decay, evaluated);
        _averages = [.. _parameters.Select(item => item.Parameter.detach().clone().DetachFromDisposeScope())];
        Dictionary<string, Tensor> all = CheckpointTensors.Of(model);
        for (int i = 0; i < _averages.Length; i++) all[_parameters[i].Name] = _averages[i];
        State = all;
    }

    /// <summary>Which weights are measured.</summary>
    public EvaluatedWeights Evaluated { get; }

    /// <summary>The averages under the names of the model's <c>state_dict</c>, and its buffers.</summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>The averages alone.</summary>
    public IReadOnlyList<Tensor> Tensors => _averages;

    /// <summary>The average that the options ask for; null where they ask for none.</summary>
    public static WeightAverage? Of(TransformerLM model, TrainerOptions options) =>
        options.EmaDecay is double decay ? new WeightAverage(model, decay, options.EvaluatedWeights) : null;

    /// <summary>Begins with the weights as they are.</summary>
    public void Begin()
    {
        using IDisposable noGradients = no_grad();
        for (int i = 0; i < _averages.Length; i++) _averages[i].copy_(_parameters[i].Parameter);
    }

    /// <summary>Takes in the weights after an update.</summary>
    /// <param name="step">t.</param>
    public void Update(long step)
    {
        double decay = Math.Min(_decay, (1.0 + step) / (10.0 + step));
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        using Scalar kept = decay, added = 1 - decay;
        for (int i = 0; i < _averages.Length; i++) _averages[i].mul_(kept).add_(_parameters[i].Parameter, alpha: added);
    }

    /// <summary>Calls a function while the model has the weights to be measured; before and after, it has the trained ones.</summary>
    public T Measure<T>(Func<T> measure)
    {
        if (Evaluated == EvaluatedWeights.Trained) return measure();
        Exchange();
        try
        {
            return measure();
        }
        finally
        {
            Exchange();
        }
    }

    private void Exchange()
    {
        using IDisposable noGradients = no_grad();
        for (int i = 0; i < _averages.Length; i++)
        {
            using Tensor held = _averages[i].clone();
            _averages[i].copy_(_parameters[i].Parameter);
            _parameters[i].Parameter.copy_(held);
        }
    }
}
