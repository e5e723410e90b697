using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer.Tests;

public sealed class ComputePlanTests
{
    [Fact]
    public void Attention_is_computed_with_the_widest_registers_the_process_may_use()
    {
        string widest = Vector512.IsHardwareAccelerated
            ? "512-bit"
            : Vector256.IsHardwareAccelerated ? "256-bit"
            : Vector128.IsHardwareAccelerated ? "128-bit"
            : "one number";
        Assert.Contains(widest, Code("attention", ComputePlan.Of(ComputePath.Fast)), StringComparison.Ordinal);
        Assert.Contains(widest, ComputePlan.ProcessorKind, StringComparison.Ordinal);
        Assert.Contains("explicit", Code("attention", ComputePlan.Of(ComputePath.Explicit)), StringComparison.Ordinal);
        Assert.Contains(
            "device", Code("attention", ComputePlan.Of(ComputePath.Fast, device: new Device(DeviceType.CUDA))), StringComparison.Ordinal);
    }

    [Fact]
    public void Linear_maps_are_the_librarys_that_was_measured_to_be_ahead()
    {
        string code = Code("linear maps", ComputePlan.Of(ComputePath.Fast));
        Assert.Equal(Vector512.IsHardwareAccelerated, code.Contains("uses AVX-512", StringComparison.Ordinal));
        Assert.Equal(!Vector512.IsHardwareAccelerated && Processor.IsAmd, code.Contains("AMD without AVX-512", StringComparison.Ordinal));
    }

    [Fact]
    public void Bfloat16_is_told_of_where_it_is_used_and_how()
    {
        Assert.DoesNotContain(ComputePlan.Of(ComputePath.Fast), choice => choice.Work == "bfloat16");
        string code = Code("bfloat16", ComputePlan.Of(ComputePath.Fast, Precision.BFloat16));
        Assert.Equal(Processor.MultipliesBFloat16, code.Contains("own instructions", StringComparison.Ordinal));
        Assert.Contains(code, ComputePlan.Message(ComputePath.Fast, Precision.BFloat16), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ONEDNN_MAX_CPU_ISA", "AVX2", false)]
    [InlineData("ONEDNN_MAX_CPU_ISA", "avx512_core", false)]
    [InlineData("DNNL_MAX_CPU_ISA", "AVX2_VNNI_2", false)]
    [InlineData("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16", true)]
    [InlineData("ONEDNN_MAX_CPU_ISA", "DEFAULT", true)]
    [InlineData("ANOTHER", "AVX2", true)]
    public void What_oneDNN_is_told_to_leave_out_is_not_there(string variable, string value, bool mayMultiply)
    {
        bool hasThem = Processor.FindBFloat16(_ => null);
        Assert.Equal(hasThem && mayMultiply, Processor.FindBFloat16(name => name == variable ? value : null));
    }

    private static string Code(string work, IReadOnlyList<ComputeChoice> choices) =>
        Assert.Single(choices, choice => choice.Work == work).Code;
}
