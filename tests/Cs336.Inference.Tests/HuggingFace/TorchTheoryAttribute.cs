using Cs336.Tokenizers.Tests;

namespace Cs336.Inference.Tests;

/// <summary>A test that needs a Python with PyTorch, and says so when it is skipped for want of one.</summary>
internal sealed class TorchTheoryAttribute : TheoryAttribute
{
    private static readonly PythonModule Module = new("torch");

    public TorchTheoryAttribute()
    {
        if (!Module.IsThere) Skip = "needs python3 with torch (Debian: python3-torch), which this machine does not have";
    }

    /// <inheritdoc cref="PythonModule.Run"/>
    public static string Run(string script, params string[] arguments) => Module.Run(script, arguments);
}
