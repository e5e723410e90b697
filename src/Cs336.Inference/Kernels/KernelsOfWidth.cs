using Cs336.Simd;

namespace Cs336.Inference;

/// <summary>The kernels compiled for one width of register and one way to multiply integers.</summary>
internal sealed unsafe class Kernels<TLanes, TVector, TDot>(string name) : Kernels
    where TLanes : IFloatLanes<TVector>
    where TVector : struct
    where TDot : IInt8Dot
{
    public override string Name => name;

    public override void Multiply(WeightMatrix matrix, int begin, int end, Activations input, int count, Activations output, bool add)
    {
        switch (matrix.Precision)
        {
            case CpuPrecision.Float32:
                FloatKernels<Float32Format, TLanes, TVector>.Multiply(matrix, begin, end, input, count, output, add);
                break;
            case CpuPrecision.BFloat16:
                FloatKernels<BFloat16Format, TLanes, TVector>.Multiply(matrix, begin, end, input, count, output, add);
                break;
            case CpuPrecision.Q8_0:
                BlockKernels<Q8Blocks<TDot>>.Multiply(matrix, begin, end, input, count, output, add);
                break;
            case CpuPrecision.Q4_0:
                BlockKernels<Q4Blocks<TDot>>.Multiply(matrix, begin, end, input, count, output, add);
                break;
            default:
                Int8Kernels<TDot>.Multiply(matrix, begin, end, input, count, output, add);
                break;
        }
    }

    public override void RmsNorm(float* x, float* gain, float epsilon, float* y, int count) =>
        VectorKernels<TLanes, TVector>.RmsNorm(x, gain, epsilon, y, count);

    public override void Silu(float* x, float* gate, int count) => VectorKernels<TLanes, TVector>.Silu(x, gate, count);

    public override void SquareRelu(float* x, int count) => VectorKernels<TLanes, TVector>.SquareRelu(x, count);

    public override void CapSoftly(float* x, float cap, int count) => SoftCap<TLanes, TVector>.Apply(x, null, count, cap);

    public override void Rotate(float* x, float* cosines, float* sines, int count) =>
        VectorKernels<TLanes, TVector>.Rotate(x, cosines, sines, count);

    public override void Attend(
        float* query, float* keys, float* values, KeyValueLayout layout, int hidden, int length, float* scratch, float* output) =>
        AttentionKernels<TLanes, TVector>.Attend(query, keys, values, layout, hidden, length, scratch, output);
}
