using System.Runtime.InteropServices;

namespace Cs336.Transformer.Tests;

public class WaitingThreadsTests
{
    [GlibcFact]
    public void Native_code_sees_the_count_once_libtorch_is_loaded()
    {
        LibTorchLoadReport report = LibTorch.EnsureLoaded();
        bool isLeftToUs = Environment.GetEnvironmentVariable(WaitingThreads.SpinCount) is null
            && Environment.GetEnvironmentVariable(WaitingThreads.WaitPolicy) is null;
        Assert.Equal(isLeftToUs, report.ShortSpin);
        if (isLeftToUs) Assert.Equal(WaitingThreads.Rounds, Marshal.PtrToStringUTF8(GetEnvironmentVariable(WaitingThreads.SpinCount)));
    }

    [GlibcFact]
    public async Task A_count_or_a_policy_in_the_environment_stands()
    {
        foreach (string name in (string[])[WaitingThreads.SpinCount, WaitingThreads.WaitPolicy])
        {
            (int exitCode, string output) = await Probe.RunAsync(
                "ensure-loaded", folder: null, (name, name == WaitingThreads.SpinCount ? "7" : "passive"));
            Assert.Equal(0, exitCode);
            Assert.Contains("waiting threads are left as they are", output, StringComparison.Ordinal);
        }
    }

    [DllImport("libc.so.6", EntryPoint = "getenv")]
    private static extern nint GetEnvironmentVariable([MarshalAs(UnmanagedType.LPUTF8Str)] string name);
}
