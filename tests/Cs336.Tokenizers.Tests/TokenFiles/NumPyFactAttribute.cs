namespace Cs336.Tokenizers.Tests;

/// <summary>A test that needs a Python with NumPy, and says so when it is skipped for want of one.</summary>
internal sealed class NumPyFactAttribute : FactAttribute
{
    private static readonly PythonModule Module = new("numpy");

    public NumPyFactAttribute()
    {
        if (!Module.IsThere) Skip = "needs python3 with numpy (Debian: python3-numpy), which this machine does not have";
    }

    /// <inheritdoc cref="PythonModule.Run"/>
    public static string Run(string script, params string[] arguments) => Module.Run(script, arguments);
}
