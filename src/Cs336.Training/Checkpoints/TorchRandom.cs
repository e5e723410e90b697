using TorchSharp;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>State of libtorch's own generator on the CPU. Nothing here draws from it, but a user's model or callback may.</summary>
internal static class TorchRandom
{
    public static byte[] Get()
    {
        using DisposeScope scope = NewDisposeScope();
        return get_rng_state().bytes.ToArray();
    }

    public static void Set(byte[] state)
    {
        using DisposeScope scope = NewDisposeScope();
        set_rng_state(tensor(state));
    }
}
