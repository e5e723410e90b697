using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// An optimizer whose state is divided among ranks: each updates its own part of the parameters and hands them to all others, so that it
/// needs only its part of the momenta and of the work (Rajbhandari et al. 2020, "ZeRO: Memory Optimizations Toward Training Trillion
/// Parameter Models", stage 1).
/// </summary>
/// <remarks>
/// Parameters are divided whole, the largest first, each to the rank that has the fewest elements so far. Checkpoints hold the state as one
/// process writes it, and so go on with any number of ranks: rank 0, which writes them, has room for all of the state, and collects it for
/// each. All ranks call the same members in the same order.
/// </remarks>
public sealed class ShardedOptimizer : IGradientScalingOptimizer
{
    private readonly IRankGroup _ranks;
    private readonly IReadOnlyList<NamedParameter> _parameters;

    // For each rank its parameters, its optimizer, and the shapes of its state in the order of their names. A rank has only its own
    // optimizer; rank 0 has those of all ranks, to save and restore their state, but steps only its own.
    private readonly NamedParameter[][] _parts;
    private readonly IOptimizer?[] _optimizers;
    private readonly (long[] Shape, ScalarType Type)[][] _states;

    /// <summary>Divides an optimizer among ranks.</summary>
    /// <param name="ranks">The ranks, which each make one.</param>
    /// <param name="parameters">What is trained: the same on every rank.</param>
    /// <param name="make">
    /// Makes the optimizer of some of the parameters. What its state says of all of them, such as the number of steps, must have the same
    /// name and value in every part.
    /// </param>
    public ShardedOptimizer(
        IRankGroup ranks, IReadOnlyList<NamedParameter> parameters, Func<IReadOnlyList<NamedParameter>, IOptimizer> make)
    {
        ArgumentNullException.ThrowIfNull(ranks);
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(make);
        (_ranks, _parameters) = (ranks, parameters);
        _parts = Divide(parameters, ranks.Size);
        _optimizers = new IOptimizer?[ranks.Size];
        _states = new (long[], ScalarType)[ranks.Size][];
        for (int rank = 0; rank < ranks.Size; rank++)
        {
            IOptimizer optimizer = make(_parts[rank]);
            Name = optimizer.GetType().Name;
            _states[rank] = [.. InOrder(optimizer).Select(tensor => (tensor.shape, tensor.dtype))];
            if (ranks.Rank == rank || ranks.Rank == 0) _optimizers[rank] = optimizer;
            else optimizer.Dispose();
        }
        Dictionary<string, Tensor> state = [];
        foreach (IOptimizer optimizer in _optimizers.OfType<IOptimizer>())
            foreach ((string name, Tensor tensor) in optimizer.State) state.TryAdd(name, tensor);
        State = state;
    }

    /// <summary>Name of the type of the optimizer that is divided.</summary>
    public string Name { get; } = "";

    /// <summary>
    /// On rank 0 that of all parameters, as it was when it was last collected; on others that of their own.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> State { get; }

    /// <summary>Whether rank 0 has the state of all parameters as it is now.</summary>
    internal bool IsCollected { get; private set; } = true;

    private IOptimizer Own => _optimizers[_ranks.Rank]!;

    /// <inheritdoc/>
    public void Step(double learningRate) => Step(learningRate, 1);

    /// <inheritdoc/>
    public void Step(double learningRate, double gradientScale)
    {
        IsCollected = false;
        if (Own is IGradientScalingOptimizer scaling)
        {
            scaling.Step(learningRate, gradientScale);
        }
        else
        {
            Gradients.Scale(_parts[_ranks.Rank], gradientScale);
            Own.Step(learningRate);
        }
        for (int rank = 0; rank < _ranks.Size; rank++)
            _ranks.Fill([.. _parts[rank].Select(item => (Tensor)item.Parameter)], rank);
    }

    /// <inheritdoc/>
    public void ZeroGrad() => Gradients.Clear(_parameters);

    /// <summary>Hands the state of all parts to rank 0, for a checkpoint.</summary>
    internal void Collect()
    {
        for (int rank = 1; rank < _ranks.Size; rank++) HandState(from: rank, part: rank);
        IsCollected = true;
    }

    /// <summary>Hands each rank its part of the state that rank 0 has: what has begun, or was restored.</summary>
    internal void Distribute()
    {
        if (_ranks.Rank == 0)
        {
            using IDisposable noGradients = no_grad();
            // A tensor for all parameters, such as the number of steps, is in every part: only that of the first was restored.
            foreach (IOptimizer optimizer in _optimizers.OfType<IOptimizer>())
                foreach ((string name, Tensor tensor) in optimizer.State)
                    if (!ReferenceEquals(tensor, State[name])) tensor.copy_(State[name]);
        }
        for (int rank = 1; rank < _ranks.Size; rank++) HandState(from: 0, part: rank);
        IsCollected = true;
    }

    /// <summary>Releases the state.</summary>
    public void Dispose()
    {
        foreach (IOptimizer? optimizer in _optimizers) optimizer?.Dispose();
    }

    /// <summary>The parameters of each rank, in the order that all have.</summary>
    internal static NamedParameter[][] Divide(IReadOnlyList<NamedParameter> parameters, int ranks)
    {
        List<int>[] parts = [.. Enumerable.Range(0, ranks).Select(_ => new List<int>())];
        long[] sizes = new long[ranks];
        foreach (int index in Enumerable.Range(0, parameters.Count).OrderByDescending(i => parameters[i].Parameter.numel()))
        {
            int least = Array.IndexOf(sizes, sizes.Min());
            sizes[least] += parameters[index].Parameter.numel();
            parts[least].Add(index);
        }
        return [.. parts.Select(part => part.Order().Select(index => parameters[index]).ToArray())];
    }

    /// <summary>
    /// Hands the state of a part from one rank to the others. All have to take part: those that have no use for it receive each tensor into
    /// one that they drop.
    /// </summary>
    private void HandState(int from, int part)
    {
        if (_optimizers[part] is IOptimizer optimizer)
        {
            foreach (Tensor tensor in InOrder(optimizer)) _ranks.Fill([tensor], from);
            return;
        }
        foreach ((long[] shape, ScalarType type) in _states[part])
        {
            using DisposeScope scope = NewDisposeScope();
            _ranks.Fill([empty(shape, type, _parameters[0].Parameter.device)], from);
        }
    }

    private static IEnumerable<Tensor> InOrder(IOptimizer optimizer) =>
        optimizer.State.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => item.Value);
}
