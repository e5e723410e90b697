using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>Whether a model is worth keeping.</summary>
internal static class ParameterHealth
{
    private const int Elements = 1 << 20;

    /// <summary>
    /// Whether every number of the parameters is finite. On the CPU it takes no memory, since it is asked when there may be none
    /// left.
    /// </summary>
    public static bool AreFinite(IReadOnlyList<NamedParameter> parameters) => parameters.All(item => IsFinite(item.Parameter));

    private static bool IsFinite(Tensor parameter)
    {
        if (!TensorSpan.CanBeOf(parameter))
        {
            using DisposeScope scope = NewDisposeScope();
            return parameter.isfinite().all().item<bool>();
        }
        TensorSpan elements = TensorSpan.Of(parameter);
        long length = parameter.NumberOfElements;
        for (long start = 0; start < length; start += Elements)
            if (!double.IsFinite(SumOfSquares.Of(elements.Slice(start, (int)Math.Min(Elements, length - start))))) return false;
        return true;
    }
}
