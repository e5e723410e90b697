using Cs336.Testing;

namespace Cs336.Tokenizers.Tests;

/// <summary>A test that needs a file of the shared data folder, and the program that unpacks it.</summary>
internal sealed class XzFactAttribute : FactAttribute
{
    public XzFactAttribute(string relativePath)
    {
        if (SharedData.TryFind(relativePath) is null) Skip = $"needs shared/data/{relativePath}, which this machine does not have";
        else if (!File.Exists("/usr/bin/xz")) Skip = "needs the program xz, which this machine does not have";
    }
}
