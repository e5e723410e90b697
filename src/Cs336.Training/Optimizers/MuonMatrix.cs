using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>A hidden matrix, and what a step of <see cref="Muon"/> reads and changes of it.</summary>
/// <param name="Parameter">θ, (r, c).</param>
/// <param name="Gradient">g, (r, c).</param>
/// <param name="Momentum">m, (r, c).</param>
/// <param name="Neurons">v, (r, 1), of <see cref="NeuronNormalization"/>; null where neurons are not normalised.</param>
internal readonly record struct MuonMatrix(Tensor Parameter, Tensor Gradient, Tensor Momentum, Tensor? Neurons);
