using System.Runtime.Intrinsics;
using Cs336.Simd;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// A step of <see cref="Muon"/> in C#, which computes one half of what is symmetric where libtorch computes both, and small matrices in
/// less time than libtorch takes to prepare an operation. Each thread takes one matrix after the other through the whole step. In
/// <see cref="NewtonSchulz"/>'s iteration the taller of X and Xᵀ, Y, takes the place of X, so that nothing is transposed meanwhile:
/// A = Yᵀ Y, Y ← Y (a I + b A + c A²).
/// </summary>
internal abstract class MuonUpdate : IDisposable
{
    /// <summary>
    /// The longest shorter side. What a thread needs grows with it, to some 30 MB for a matrix of 2,816 rows, and so does what is lost
    /// where there are fewer matrices of a shape than threads.
    /// </summary>
    public const long MaxColumns = 1_024;

    /// <summary>For each width of register that this processor has, the widest first.</summary>
    public static IReadOnlyList<(string Name, Func<int, int, MuonConstants, MuonUpdate> Create)> Supported { get; } = Find();

    /// <summary>Whether <see cref="Apply"/> can be used: float32 on the processor, not too large.</summary>
    /// <param name="parameter">(r, c).</param>
    /// <param name="gradient">(r, c).</param>
    public static bool CanApply(Tensor parameter, Tensor gradient) =>
        TensorSpan.CanBeOf(parameter) && TensorSpan.CanBeOf(gradient) && Math.Min(parameter.size(0), parameter.size(1)) <= MaxColumns;

    /// <summary>Updates parameters and momenta. Each matrix is one thread's, so that the result does not depend on their number.</summary>
    /// <param name="matrices">Of one shape.</param>
    /// <param name="constants">Those of this step.</param>
    public static void Apply(IReadOnlyList<MuonMatrix> matrices, MuonConstants constants)
    {
        (int rows, int columns) = ((int)matrices[0].Parameter.size(0), (int)matrices[0].Parameter.size(1));
        (TensorSpan Parameter, TensorSpan Gradient, TensorSpan Momentum, TensorSpan? Neurons)[] vectors =
            [.. matrices.Select(item => (TensorSpan.Of(item.Parameter), TensorSpan.Of(item.Gradient), TensorSpan.Of(item.Momentum),
                item.Neurons is Tensor neurons ? TensorSpan.Of(neurons) : (TensorSpan?)null))];
        int size = rows * columns;
        ParallelBlocks.Share(vectors.Length, (from, to) =>
        {
            using MuonUpdate update = Supported[0].Create(rows, columns, constants);
            for (int i = from; i < to; i++)
                update.Run(vectors[i].Parameter.Slice(0, size), vectors[i].Gradient.Slice(0, size), vectors[i].Momentum.Slice(0, size),
                    vectors[i].Neurons is TensorSpan neurons ? neurons.Slice(0, rows) : default);
        });
    }

    /// <summary>Takes one matrix, (r, c), through the step.</summary>
    /// <param name="neurons">v of each row, where the constants have <see cref="MuonConstants.NeuronDecay"/>.</param>
    public abstract void Run(Span<float> parameter, ReadOnlySpan<float> gradient, Span<float> momentum, Span<float> neurons = default);

    public abstract void Dispose();

    private static List<(string, Func<int, int, MuonConstants, MuonUpdate>)> Find()
    {
        List<(string, Func<int, int, MuonConstants, MuonUpdate>)> all = [];
        if (Vector512.IsHardwareAccelerated)
            all.Add(("512-bit vectors", (r, c, constants) => new MuonUpdate<Lanes512, Vector512<float>>(r, c, constants)));
        if (Vector256.IsHardwareAccelerated)
            all.Add(("256-bit vectors", (r, c, constants) => new MuonUpdate<Lanes256, Vector256<float>>(r, c, constants)));
        if (Vector128.IsHardwareAccelerated)
            all.Add(("128-bit vectors", (r, c, constants) => new MuonUpdate<Lanes128, Vector128<float>>(r, c, constants)));
        all.Add(("one number at a time", (r, c, constants) => new MuonUpdate<Lanes1, float>(r, c, constants)));
        return all;
    }
}
