using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>The kernels of one instruction set; chosen once for a model.</summary>
internal abstract unsafe class Kernels
{
    /// <summary>
    /// Rows of a block: all vectors are multiplied with the rows of one block before the next block is read. Unless rows are very long, a
    /// block and a group of vectors fit into the first-level cache together.
    /// </summary>
    public const int BlockRows = 12;

    /// <summary>
    /// How many bytes ahead of their use weights are asked for; a processor's own prefetching stops at the end of each page of 4,096
    /// bytes.
    /// </summary>
    public const int Ahead = 8192;

    /// <summary>All that this processor can run, the fastest first.</summary>
    public static IReadOnlyList<Kernels> Supported { get; } = Find();

    /// <summary>The instruction set, for reports.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// output[v][row] = matrix[row] · input[v], or += with <paramref name="add"/>, for some rows and the first vectors of the input.
    /// </summary>
    /// <param name="matrix">The weights, (rows, columns).</param>
    /// <param name="begin">The first row to multiply.</param>
    /// <param name="end">The row after the last.</param>
    /// <param name="input">Vectors of the matrix's columns, quantised before where the matrix is.</param>
    /// <param name="count">How many vectors of the input to multiply.</param>
    /// <param name="output">Vectors of the matrix's rows.</param>
    /// <param name="add">Whether to add to what the output holds.</param>
    public abstract void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add);

    /// <inheritdoc cref="VectorKernels{TLanes, TVector}.RmsNorm"/>
    public abstract void RmsNorm(float* x, float* gain, float epsilon, float* y, int count);

    /// <inheritdoc cref="VectorKernels{TLanes, TVector}.Silu(float*, float*, int)"/>
    public abstract void Silu(float* x, float* gate, int count);

    /// <inheritdoc cref="VectorKernels{TLanes, TVector}.SquareRelu"/>
    public abstract void SquareRelu(float* x, int count);

    /// <summary>x = c · tanh(x / c), the soft cap of logits.</summary>
    public abstract void CapSoftly(float* x, float cap, int count);

    /// <inheritdoc cref="VectorKernels{TLanes, TVector}.Rotate"/>
    public abstract void Rotate(float* x, float* cosines, float* sines, int count);

    /// <inheritdoc cref="AttentionKernels{TLanes, TVector}.Attend"/>
    public abstract void Attend(
        float* query, float* keys, float* values, KeyValueLayout layout, int hidden, int length, float* scratch, float* output);

    private static List<Kernels> Find()
    {
        List<Kernels> kernels = [];
        if (Vector512.IsHardwareAccelerated && Avx512F.IsSupported)
        {
            if (AvxVnni.IsSupported) kernels.Add(new Kernels<Lanes512, Vector512<float>, VnniDot>("AVX-512, VNNI"));
            kernels.Add(new Kernels<Lanes512, Vector512<float>, SignedDot>("AVX-512"));
        }
        if (Vector256.IsHardwareAccelerated && Avx2.IsSupported && Fma.IsSupported)
        {
            if (AvxVnni.IsSupported) kernels.Add(new Kernels<Lanes256, Vector256<float>, VnniDot>("AVX2, VNNI"));
            kernels.Add(new Kernels<Lanes256, Vector256<float>, SignedDot>("AVX2"));
        }
        kernels.Add(new Kernels<Lanes128, Vector128<float>, PortableDot>("128 bits"));
        return kernels;
    }
}
