using TorchSharp;

namespace Cs336.Transformer.Tests;

/// <summary>The native libraries that the tests run with. The build links them to the NuGet cache: never write to them.</summary>
internal static class NativeFiles
{
    public static byte[] Read(string library)
    {
        string fileName = LibTorchPackage.FileName(library);
        return File.ReadAllBytes(NativeSearchPath.Find(fileName, typeof(torch).Assembly)
            ?? throw new FileNotFoundException($"{fileName} is not among the test's native libraries"));
    }
}
