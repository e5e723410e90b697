using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Cs336.Transformer;
using Cs336.Transformer.Tests.Probe;
using TorchSharp;

// A program for the tests of native loading, each of which needs a process of its own.
// Prints what it did; exits with 1 and the exception's type and message where that failed.
try
{
    switch (args)
    {
        case ["torchsharp-alone"]: AddWithTorchSharp(); break;
        case ["ensure-loaded"]: EnsureLoaded(); break;
        case ["any-type-first"]: UseAnyTypeFirst(); break;
        case ["torchsharp-first"]: UseTorchSharpFirst(); break;
        case ["switched-off"]: SwitchAllocatorTuningOff(); break;
        case ["loaded-files"]: EnsureLoaded(); ListLoadedFiles(); break;
        case ["any-type-first-files"]: UseAnyTypeFirst(); ListLoadedFiles(); break;
        case ["folder-by-property"]: ChooseFolder(); EnsureLoaded(); ListLoadedFiles(); break;
        case ["folder-too-late"]: EnsureLoaded(); ChooseFolder(); break;
        case ["another-libtorch-first"]: LoadWhatDotNetFinds(); EnsureLoaded(); break;
        case ["wrong-folder-then-right"]: ChooseAgainAfterFailure(); EnsureLoaded(); break;
        case ["forward-without-memory"]: WithoutMemory.Attend(isBackward: false); break;
        case ["backward-without-memory"]: WithoutMemory.Attend(isBackward: true); break;
        case ["model-without-memory"]: WithoutMemory.MakeModel(); break;
        case ["convolution"]: Convolve(); break;
        case ["page-faults"]: Measurements.CountPageFaults(); break;
        default: throw new ArgumentException($"unknown mode {string.Join(' ', args)}");
    }
    return 0;
}
catch (Exception e)
{
    Console.WriteLine($"{e.GetType().Name}: {e.Message}");
    return 1;
}

// Each mode is a method of its own, and not inlined, so that a mode loads only the assemblies that it names.
[MethodImpl(MethodImplOptions.NoInlining)]
static void AddWithTorchSharp()
{
    using torch.Tensor sum = torch.ones(3) + 1;
    Console.WriteLine($"sum {sum.sum().item<float>()}");
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void EnsureLoaded()
{
    Console.WriteLine(LibTorch.EnsureLoaded().Message);
    AddWithTorchSharp();
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void UseAnyTypeFirst()
{
    _ = new LibTorchLoadReport([], AllocatorTuning.NotAvailable, ShortSpin: false, LibTorchSource.Program, Folder: null);
    AddWithTorchSharp();
    Console.WriteLine(LibTorch.EnsureLoaded().Message);
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void UseTorchSharpFirst()
{
    try
    {
        AddWithTorchSharp();
    }
    catch (TypeInitializationException)
    {
        EnsureLoaded();
    }
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void SwitchAllocatorTuningOff()
{
    AppContext.SetSwitch("Cs336.Transformer.TuneAllocator", false);
    EnsureLoaded();
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void ChooseFolder() => LibTorch.Folder = Environment.GetEnvironmentVariable("PROBE_LIBTORCH");

[MethodImpl(MethodImplOptions.NoInlining)]
static void ChooseAgainAfterFailure()
{
    try
    {
        LibTorch.EnsureLoaded();
    }
    catch (LibTorchNotFoundException e)
    {
        Console.WriteLine($"first {e.Message}");
    }
    ChooseFolder();
}

[MethodImpl(MethodImplOptions.NoInlining)]
static void LoadWhatDotNetFinds() => NativeLibrary.Load("torch_cpu", typeof(torch).Assembly, searchPath: null);

static void ListLoadedFiles()
{
    // Every file that the kernel has mapped, with the name by which it was opened (proc(5)).
    foreach (string path in File.ReadLines("/proc/self/maps").Where(line => line.Contains('/'))
        .Select(line => line[line.IndexOf('/')..]).Distinct())
        Console.WriteLine($"mapped {path}");
}

// Large enough for libtorch to give it to oneDNN, which says what it does where ONEDNN_VERBOSE is 1.
[MethodImpl(MethodImplOptions.NoInlining)]
static void Convolve()
{
    LibTorch.EnsureLoaded();
    using torch.Tensor image = torch.ones(1, 64, 512, 1), kernel = torch.ones(64, 64, 1, 1);
    using torch.Tensor sums = torch.nn.functional.conv2d(image, kernel);
    Console.WriteLine($"convolved: {sums.max().item<float>()}");
}
