using System.Runtime.InteropServices;
using System.Text;
using Cs336.Testing;

namespace Cs336.Transformer.Tests;

/// <summary>
/// In a process that <c>.ci/without</c> starts tests in, libtorch and oneDNN go without what was switched off. MKL tells
/// nobody what it uses, so of its switch nothing is proven; on AMD's processors it uses AVX2 at most with and without it.
/// </summary>
public sealed class SwitchedOffInLibTorchTests
{
    [SwitchedOffOnLinuxFact]
    public void Libtorchs_own_kernels()
    {
        Assert.Equal(SwitchedOffFactAttribute.Without == "avx512" ? "AVX2" : "DEFAULT", CpuCapability());
    }

    [SwitchedOffOnLinuxFact]
    public async Task OneDNNs_kernels()
    {
        (int exitCode, string output) = await Probe.RunAsync("convolution", null, ("ONEDNN_VERBOSE", "1"));
        Assert.Equal(0, exitCode);
        (string isa, string kernel) = SwitchedOffFactAttribute.Without == "avx512"
            ? ("isa:Intel AVX2", "jit_1x1:avx2")
            : ("isa:Intel SSE4.1", "jit_1x1:sse41");
        string[] lines = [.. output.Split('\n').Where(line => line.StartsWith("onednn_verbose,", StringComparison.Ordinal))];
        Assert.Contains(lines, line => line.EndsWith($"info,cpu,{isa}", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("exec,cpu,convolution,", StringComparison.Ordinal));
        Assert.All(
            lines.Where(line => line.Contains("exec,cpu,convolution,", StringComparison.Ordinal)),
            line => Assert.Contains($",{kernel},", line, StringComparison.Ordinal));
    }

    /// <summary>at::get_cpu_capability(), which TorchSharp does not offer, by its name in the library.</summary>
    private static unsafe string CpuCapability()
    {
        string path =
            File.ReadLines("/proc/self/maps").First(line => line.EndsWith("/libtorch_cpu.so", StringComparison.Ordinal)).Split(' ')[^1];
        var function = (delegate* unmanaged<nint*, nint>)NativeLibrary.GetExport(
            NativeLibrary.Load(path), "_ZN2at18get_cpu_capabilityB5cxx11Ev");
        // The caller gives the place for the std::string that is returned: a pointer to its text, the length, and the text itself where it
        // is short.
        nint* text = stackalloc nint[4];
        function(text);
        return Encoding.ASCII.GetString((byte*)text[0], (int)text[1]);
    }

    /// <summary>The names and the form of a std::string are those of Linux on x86-64.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SwitchedOffOnLinuxFactAttribute : FactAttribute
    {
        public SwitchedOffOnLinuxFactAttribute()
        {
            if (SwitchedOffFactAttribute.Without is null) Skip = "no instructions are switched off: .ci/without does that";
            else if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                Skip = "what libtorch uses is read on Linux on x86-64 only";
        }
    }
}
