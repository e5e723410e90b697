using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Transformer;

/// <summary>
/// What the model and its layers have in common as modules of TorchSharp: parameters and layers have the names they are registered under
/// and no others, what is registered is owned, and weights are float32.
/// </summary>
public abstract class TransformerModule : nn.Module<Tensor, Tensor>
{
    /// <summary>Makes a module whose parameters will be on <paramref name="device"/>.</summary>
    private protected TransformerModule(string name, Device device) : base(name)
    {
        ArgumentNullException.ThrowIfNull(device);
        // Where TorchSharp takes a module to be: one that it takes to be on the CPU it does not move there.
        (_deviceType, _deviceIndex) = (device.type, device.index);
    }

    /// <summary>
    /// Adds nothing to what the constructor registered. TorchSharp would add every field under the field's name: parameters a second time,
    /// and the rotary tables, which the model owns and its blocks share.
    /// </summary>
    protected sealed override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected sealed override nn.Module _to(ScalarType dtype, bool non_blocking)
    {
        CheckType(dtype);
        return base._to(dtype, non_blocking);
    }

    /// <inheritdoc/>
    protected sealed override nn.Module _to(Device device, ScalarType dtype, bool non_blocking)
    {
        CheckType(dtype);
        return base._to(device, dtype, non_blocking);
    }

    private void CheckType(ScalarType dtype)
    {
        if (dtype == ScalarType.Float32) return;
        throw new ArgumentException(
            $"{GetName()} was to become {dtype}, but its weights stay {ScalarType.Float32}: optimizers, checkpoints and files expect it. "
            + "To multiply matrices in bfloat16, set the model's "
            + $"{nameof(Precision)} to {nameof(Precision)}.{nameof(Precision.BFloat16)}.");
    }
}
