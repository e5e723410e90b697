using TorchSharp;

namespace Cs336.Transformer.Tests;

public class LibTorchPackageTests
{
    [Fact]
    public void The_versions_named_are_those_referenced()
    {
        LibTorch.EnsureLoaded();
        Assert.Equal($"{LibTorchPackage.LibTorchVersion}.0", torch.__version__);
        Assert.Equal(LibTorchPackage.TorchSharpVersion, typeof(torch).Assembly.GetName().Version!.ToString(3));
    }

    [Theory]
    [InlineData("linux-x64",
        "dotnet add package libtorch-cpu-linux-x64 --version 2.10.0 (for an NVIDIA GPU add TorchSharp-cuda-linux 0.107.0 instead)")]
    [InlineData("win-x64",
        "dotnet add package libtorch-cpu-win-x64 --version 2.10.0 (for an NVIDIA GPU add TorchSharp-cuda-windows 0.107.0 instead)")]
    [InlineData("win-arm64", "dotnet add package libtorch-cpu-win-arm64 --version 2.10.0.")]
    [InlineData("osx-arm64", "dotnet add package libtorch-cpu-osx-arm64 --version 2.10.0.")]
    [InlineData("linux-arm64", "TorchSharp 0.107.0 has no native library for linux-arm64")]
    [InlineData("osx-x64", "TorchSharp 0.107.0 has no native library for osx-x64")]
    public void The_advice_names_the_package_of_the_platform(string platform, string expected) =>
        Assert.Contains(expected, LibTorchPackage.Advice(platform, isMusl: false), StringComparison.Ordinal);

    [Fact]
    public void Where_the_C_library_is_musl_the_advice_is_another_system() =>
        Assert.Contains(
            "run on Debian, Ubuntu or another glibc system", LibTorchPackage.Advice("linux-x64", isMusl: true), StringComparison.Ordinal);
}
