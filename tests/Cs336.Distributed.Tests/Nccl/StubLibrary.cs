using System.Diagnostics;
using Cs336.Testing;

namespace Cs336.Distributed.Tests;

/// <summary>A library that stands in for NCCL and CUDA and writes down its calls, compiled where it is needed.</summary>
internal sealed class StubLibrary
{
    private readonly string _library, _calls;

    public StubLibrary(TemporaryFolder folder)
    {
        (_library, _calls) = (folder.File("libstub.so"), folder.File("calls.txt"));
        using Process compiler = Process.Start(new ProcessStartInfo("gcc")
        {
            ArgumentList = { "-shared", "-fPIC", "-o", _library, Path.Combine(AppContext.BaseDirectory, "Nccl", "stub.c") },
            RedirectStandardError = true,
        })!;
        string errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
    }

    /// <summary>Why there is none here; null where there can be.</summary>
    public static string? FindProblem() => OperatingSystem.IsLinux() && ProgramPath.Find("gcc") is not null ? null
        : "there is no gcc to compile the library with that stands in for NCCL";

    /// <summary>What makes a process load it.</summary>
    public (string Name, string Value)[] Variables => [("CS336_NCCL", _library), ("CS336_CUDART", _library), ("CS336_STUB_CALLS", _calls)];

    public string[] Calls => File.ReadAllLines(_calls);
}
