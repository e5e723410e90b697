using System.Diagnostics;
using System.Security.Cryptography;
using Xunit.Abstractions;

namespace WorldTokenizers.Tests.Comparison;

/// <summary>Runs the comparison of a file, and tells the test's output how far it came and when.</summary>
internal static class WorldComparison
{
    /// <summary>Compares one of <see cref="WorldFiles"/>.</summary>
    public static void RunNamed(string name, ITestOutputHelper output)
    {
        WorldFile file = WorldFiles.All.Single(file => file.Name == name);
        string path = Path.Combine(NpmStore.FolderOf(file), "tokenizer.json");
        Assert.Equal(file.Sha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path))));
        Run(name, path, file.IsTwin, output);
    }

    /// <summary>Compares a file.</summary>
    public static void Run(string name, string path, bool isTwin, ITestOutputHelper output)
    {
        Stopwatch time = Stopwatch.StartNew();
        FileComparison.Run(name, path, isTwin, line => output.WriteLine($"{time.Elapsed.TotalSeconds:F1} s: {line}"));
    }
}
