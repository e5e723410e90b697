using Cs336.Simd;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>Which code computes what on this machine, and why: for a log, and for whoever wonders about a speed.</summary>
public static class ComputePlan
{
    /// <summary>
    /// The processor as far as results depend on it, such as "AMD family 26 model 2, 512-bit vectors". The same run on two machines that
    /// say the same here is the same bit for bit; elsewhere sums are rounded in another order.
    /// </summary>
    public static string ProcessorKind { get; } = $"{ProcessorModel.Name}, {Processor.Vectors}";

    /// <summary>A line for each kind of work whose code is chosen.</summary>
    /// <param name="path">The model's path.</param>
    /// <param name="precision">In which type it multiplies matrices.</param>
    /// <param name="device">Where it lives; null for the CPU.</param>
    /// <returns>What is computed, by what, and why.</returns>
    public static IReadOnlyList<ComputeChoice> Of(ComputePath path, Precision precision = Precision.Float32, Device? device = null)
    {
        bool isOnProcessor = device is null || device.type == DeviceType.CPU, isFast = path == ComputePath.Fast;
        List<ComputeChoice> choices =
        [
            new("linear maps",
                !isFast ? "libtorch's matmul, as the explicit path asks"
                : isOnProcessor ? FastLinear.Describe()
                : "libtorch's matmul on the device"),
            new("attention",
                !isFast ? "tensor operations, as the explicit path asks"
                : isOnProcessor ? $"C# with {Processor.Vectors}, the widest this process may use"
                : "libtorch's fused kernel on the device"),
        ];
        if (precision == Precision.BFloat16)
        {
            choices.Add(new("bfloat16",
                !isOnProcessor ? "libtorch on the device"
                : Processor.MultipliesBFloat16 ? "the processor's own instructions, through oneDNN"
                : "factors rounded to bfloat16 and multiplied in float32, as the processor has no instructions for it: "
                    + "float32 is as fast"));
        }
        return choices;
    }

    /// <summary>The processor's kind and all choices as one line for a log.</summary>
    /// <inheritdoc cref="Of"/>
    public static string Message(ComputePath path, Precision precision = Precision.Float32, Device? device = null) =>
        $"Computing on {ProcessorKind}. "
        + $"{string.Join(". ", Of(path, precision, device).Select(choice => $"{choice.Work}: {choice.Code}"))}.";
}
