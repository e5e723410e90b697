using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// Root-mean-square normalisation (Zhang and Sennrich, 2019): y = x / √(mean(x²) + ε) · g over the last dimension.
/// Its one parameter, the gain <c>weight</c>, has shape (d_model).
/// </summary>
public sealed class RmsNorm : TransformerModule
{
    private readonly long _dModel;
    private readonly double _epsilon;

    /// <summary>Makes a norm whose gains are 1.</summary>
    /// <param name="dModel">Size of the last dimension.</param>
    /// <param name="epsilon">ε, which keeps the division sound for an input of zeros.</param>
    /// <param name="device">Where the gains go; null for the CPU.</param>
    /// <exception cref="ArgumentOutOfRangeException">d_model is below 1, or ε no finite number above 0.</exception>
    public RmsNorm(long dModel, double epsilon = 1e-5, Device? device = null) : base(nameof(RmsNorm), device ??= CPU)
    {
        Shapes.CheckSize(dModel, nameof(RmsNorm), "d_model");
        if (!double.IsFinite(epsilon) || epsilon <= 0)
            throw new ArgumentOutOfRangeException(
                nameof(epsilon), epsilon, "RmsNorm needs an eps that is a finite number above 0: 1e-5 is usual.");
        (_dModel, _epsilon) = (dModel, epsilon);
        register_parameter("weight", Initialization.Ones(dModel, device));
    }

    private Parameter Weight => get_parameter("weight")!;

    /// <summary>
    /// Normalises each vector; computed in float32 whatever the input's type, because squares overflow in half precision.
    /// </summary>
    /// <param name="input">(..., d_model).</param>
    /// <returns>(..., d_model) of the input's type.</returns>
    /// <exception cref="ArgumentException">The last dimension is another.</exception>
    public override Tensor forward(Tensor input)
    {
        Shapes.CheckLast(input, _dModel, nameof(RmsNorm), "d_model");
        using Scalar epsilon = _epsilon;
        Tensor x = input.to_type(float32); // (..., d_model)
        Tensor inverseRms = x.pow(Scalars.Two).mean([-1], keepdim: true).add_(epsilon, alpha: Scalars.One).rsqrt(); // (..., 1)
        return (x * inverseRms * Weight).to_type(input.dtype); // (..., d_model)
    }
}
