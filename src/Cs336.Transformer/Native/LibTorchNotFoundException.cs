namespace Cs336.Transformer;

/// <summary>
/// libtorch, or TorchSharp's bridge to it, is not there or does not load. The message names the package to add
/// or the loader's reason, and what to do.
/// </summary>
public sealed class LibTorchNotFoundException : DllNotFoundException
{
    /// <summary>An exception without a message of its own.</summary>
    public LibTorchNotFoundException()
    {
    }

    /// <summary>An exception that says what is missing and how to get it.</summary>
    public LibTorchNotFoundException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that says what is missing and how to get it, with the loader's own.</summary>
    public LibTorchNotFoundException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
