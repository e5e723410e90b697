using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Distributed;

/// <summary>A tensor's elements in main memory, whichever device they are on.</summary>
internal static unsafe class HostTensor
{
    /// <summary>Hands the elements to somebody; those on a device by way of a copy.</summary>
    /// <param name="isChanged">Whether a copy goes back.</param>
    /// <param name="use">Is given the elements, as long as it runs.</param>
    public static void Use(Tensor tensor, bool isChanged, Action<ElementBuffer> use)
    {
        ElementType type = tensor.dtype switch
        {
            ScalarType.Float32 => ElementType.Float32,
            ScalarType.Float64 => ElementType.Float64,
            ScalarType.Int64 => ElementType.Int64,
            ScalarType.BFloat16 => ElementType.BFloat16,
            ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => ElementType.Byte,
            _ => throw new NotSupportedException($"Tensors of {tensor.dtype} do not travel between ranks."),
        };
        if (IsInPlace(tensor))
        {
            use(new ElementBuffer(AddressOf(tensor), tensor.NumberOfElements, type));
            return;
        }
        using IDisposable noGradients = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor copy = tensor.detach().cpu().contiguous();
        use(new ElementBuffer(AddressOf(copy), copy.NumberOfElements, type));
        if (isChanged) tensor.copy_(copy);
    }

    private static bool IsInPlace(Tensor tensor) => tensor.device_type == DeviceType.CPU && tensor.is_contiguous();

    private static nint AddressOf(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
}
