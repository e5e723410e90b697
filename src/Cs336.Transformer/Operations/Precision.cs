using System.Text.Json.Serialization;

namespace Cs336.Transformer;

/// <summary>
/// In which type a model multiplies matrices. Weights, gradients, norms, softmax, loss and optimizer are float32 in either.
/// </summary>
public enum Precision
{
    /// <summary>float32 throughout.</summary>
    [JsonStringEnumMemberName("float32")]
    Float32,

    /// <summary>
    /// bfloat16 factors with sums in float32, from float32 master weights: up to twice as fast where the processor has
    /// instructions for it (AVX-512 BF16, AMX, tensor cores). Where it has not, rounded factors are multiplied in float32, which takes
    /// about as long as float32 itself. Results differ in the third digit.
    /// </summary>
    [JsonStringEnumMemberName("bfloat16")]
    BFloat16,
}
