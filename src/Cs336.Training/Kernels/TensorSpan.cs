using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>A tensor's float32 elements as spans over the tensor's own memory, for loops in C#. Valid as long as the tensor.</summary>
internal readonly unsafe struct TensorSpan
{
    private readonly float* _elements;

    private TensorSpan(float* elements) => _elements = elements;

    /// <summary>Whether a tensor's elements can be reached so: float32, contiguous, in main memory.</summary>
    public static bool CanBeOf(Tensor tensor) =>
        tensor.dtype == ScalarType.Float32 && tensor.device_type == TorchSharp.DeviceType.CPU && tensor.is_contiguous();

    public static TensorSpan Of(Tensor tensor) => new((float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes)));

    /// <summary>Some of the elements.</summary>
    public Span<float> Slice(long start, int length) => new(_elements + start, length);
}
