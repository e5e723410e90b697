using System.Runtime.CompilerServices;

namespace Cs336.Inference;

/// <summary>Checks and conversions that all accounts share.</summary>
internal static class AccountingInput
{
    public static void Check(TransformerConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        config.Validate();
    }

    public static void CheckAtLeastOne(long value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value < 1) throw new ArgumentOutOfRangeException(name, $"{name} is {value}, but must be at least 1.");
    }

    public static void CheckAboveZero(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!double.IsFinite(value) || value <= 0)
            throw new ArgumentOutOfRangeException(name, $"{name} is {value}, but must be a finite number above 0.");
    }

    /// <summary>The value as 64 bits, which no model that could be stored exceeds.</summary>
    public static long ToInt64(Int128 value, string what) => value <= long.MaxValue ? (long)value
        : throw new OverflowException($"The model has {value} {what}, more than 64 bits count: check the configuration.");
}
