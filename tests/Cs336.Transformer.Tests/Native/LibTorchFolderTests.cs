using System.Runtime.InteropServices;
using Cs336.Testing;

namespace Cs336.Transformer.Tests;

/// <summary>libtorch from a folder that the user chose. Each test starts a program.</summary>
public sealed class LibTorchFolderTests : IDisposable
{
    private const string Variable = "CS336_LIBTORCH";
    private static readonly string[] Libraries = ["libc10.so", "libtorch_cpu.so", "libtorch.so", "libgomp-98b21ff3.so.1"];

    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [GlibcTheory]
    [InlineData("loaded-files")]
    [InlineData("any-type-first-files")]
    public async Task A_program_without_a_package_runs_with_the_folder_alone(string mode)
    {
        using LinkedLibTorch folder = new();
        string program = ProgramWithoutPackage();
        (int exitCode, string output) = await Probe.RunAsync(mode, program, (Variable, folder.Path));
        AssertRan(exitCode, output);
        Assert.Contains($"libtorch from {folder.Path} (chosen by CS336_LIBTORCH)", output, StringComparison.Ordinal);
        AssertMapped(output, folder.Path, Libraries);
    }

    [GlibcFact]
    public async Task A_program_with_a_package_loads_the_folders_libraries_and_none_of_the_packages()
    {
        using LinkedLibTorch folder = new();
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", environment: (Variable, folder.Path));
        AssertRan(exitCode, output);
        AssertMapped(output, folder.Path, Libraries);
        AssertNoneMapped(output, Path.Combine(Probe.Folder, Probe.NativeFolder));
    }

    /// <summary>The links of the test above are one file to the loader, which would not load it twice; these are others.</summary>
    [GlibcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Other_files_under_the_packages_names_are_not_loaded(bool asShipped)
    {
        using LinkedLibTorch folder = new();
        string program = Probe.Install(_temporary.File("program"));
        foreach (string name in Libraries) Replace(program, name, LinkedLibTorch.StandIn(name));
        if (asShipped) MakeLoadable(program);
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", program, (Variable, folder.Path));
        AssertRan(exitCode, output);
        if (asShipped) Assert.StartsWith("TorchSharp 0.107.0 loaded as shipped; ", output, StringComparison.Ordinal);
        AssertMapped(output, folder.Path, Libraries);
        AssertNoneMapped(output, Path.Combine(program, Probe.NativeFolder));
    }

    [GlibcFact]
    public async Task The_property_goes_before_the_variable()
    {
        using LinkedLibTorch folder = new();
        (int exitCode, string output) = await Probe.RunAsync(
            "folder-by-property", environment: [(Variable, _temporary.File("elsewhere")), ("PROBE_LIBTORCH", folder.Path)]);
        AssertRan(exitCode, output);
        Assert.Contains($"libtorch from {folder.Path} (chosen by LibTorch.Folder)", output, StringComparison.Ordinal);
        AssertMapped(output, folder.Path, Libraries);
    }

    [GlibcFact]
    public async Task An_empty_variable_chooses_nothing()
    {
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", environment: (Variable, ""));
        AssertRan(exitCode, output);
        AssertMapped(output, Path.Combine(Probe.Folder, Probe.NativeFolder), Libraries);
        Assert.Contains("(the program's; CS336_LIBTORCH chooses another folder)", output, StringComparison.Ordinal);
    }

    [GlibcFact]
    public async Task Libraries_for_a_GPU_in_the_folder_are_loaded_with_what_they_need()
    {
        const string Needed = "libcudart.so.12";
        string[] gpu = ["libc10_cuda.so", "libtorch_cuda.so"];
        using LinkedLibTorch folder = new();
        foreach (string name in gpu)
            folder.Replace(name, LinkedLibTorch.Rename(LinkedLibTorch.StandIn(name), "libgomp-98b21ff3.so.1", Needed));
        folder.Replace(Needed, LinkedLibTorch.StandIn(Needed));
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", environment: (Variable, folder.Path));
        AssertRan(exitCode, output);
        AssertMapped(output, folder.Path, [.. Libraries, .. gpu, Needed]);
    }

    [GlibcFact]
    public async Task A_library_for_a_GPU_that_lacks_what_it_needs_is_told_with_its_name()
    {
        using LinkedLibTorch folder = new();
        byte[] library = LinkedLibTorch.StandIn("libtorch_cuda.so");
        folder.Replace("libtorch_cuda.so", LinkedLibTorch.Rename(library, "libgomp-98b21ff3.so.1", "libcudnn.so.9"));
        await AssertRefused(
            folder.Path, $"LibTorchNotFoundException: {folder.File("libtorch_cuda.so")} is there but does not load: ",
            "libcudnn.so.9: cannot open shared object file");
    }

    [GlibcTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_GPU_build_that_the_program_brings_is_not_loaded(bool folderHasOne)
    {
        const string Name = "libtorch_cuda.so";
        using LinkedLibTorch folder = new();
        if (folderHasOne) folder.Replace(Name, LinkedLibTorch.StandIn(Name));
        string program = Probe.Install(_temporary.File("program"));
        Replace(program, Name, LinkedLibTorch.StandIn(Name));
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", program, (Variable, folder.Path));
        AssertRan(exitCode, output);
        AssertMapped(output, folder.Path, folderHasOne ? [.. Libraries, Name] : Libraries);
        AssertNoneMapped(output, Path.Combine(program, Probe.NativeFolder));
    }

    /// <summary>The program's own GPU build is what TorchSharp loads where no folder is chosen: the test above can fail.</summary>
    [GlibcFact]
    public async Task A_GPU_build_that_the_program_brings_is_loaded_without_a_folder()
    {
        string program = Probe.Install(_temporary.File("program"));
        Replace(program, "libtorch_cuda.so", LinkedLibTorch.StandIn("libtorch_cuda.so"));
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", program);
        AssertRan(exitCode, output);
        AssertMapped(output, Path.Combine(program, Probe.NativeFolder), ["libtorch_cuda.so"]);
    }

    [GlibcFact]
    public async Task A_program_that_used_TorchSharp_first_runs_with_its_package_and_is_told_when_it_asks()
    {
        using LinkedLibTorch folder = new();
        (int exitCode, string output) = await Probe.RunAsync("any-type-first", environment: (Variable, folder.Path));
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        Assert.Contains(
            $"InvalidOperationException: The environment variable CS336_LIBTORCH names {folder.Path}, but ", output,
            StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [GlibcFact]
    public async Task TorchSharps_library_can_lie_in_the_folder_where_the_program_has_none()
    {
        using LinkedLibTorch folder = new();
        folder.LinkBridge();
        string program = ProgramWithoutPackage();
        File.Delete(Path.Combine(program, Probe.NativeFolder, "libLibTorchSharp.so"));
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", program, (Variable, folder.Path));
        AssertRan(exitCode, output);
        AssertMapped(output, folder.Path, Libraries);
    }

    [GlibcFact]
    public async Task A_folder_that_is_not_there_is_named() =>
        await AssertRefused(
            _temporary.File("nowhere"),
            $"LibTorchNotFoundException: The environment variable CS336_LIBTORCH names {_temporary.File("nowhere")}, and there is no "
                + "such folder: ",
            "it must be one that holds the libraries of libtorch 2.10.0");

    [GlibcFact]
    public async Task Libraries_that_the_folder_lacks_are_named()
    {
        using LinkedLibTorch folder = new();
        File.Delete(folder.File("libc10.so"));
        File.Delete(folder.File("libtorch.so"));
        await AssertRefused(folder.Path, $"names {folder.Path}, which lacks libc10.so, libtorch.so: it must be one that holds ");
    }

    [GlibcFact]
    public async Task A_library_that_the_others_need_is_told_by_the_loader()
    {
        using LinkedLibTorch folder = new();
        File.Delete(folder.File("libgomp-98b21ff3.so.1"));
        await AssertRefused(
            folder.Path, $"{folder.File("libtorch_cpu.so")} is there but does not load: ", "libgomp-98b21ff3.so.1: cannot open shared "
                + "object file");
    }

    [GlibcTheory]
    [InlineData("lib")]
    [InlineData("torch/lib")]
    public async Task Where_a_folder_below_is_meant_it_is_named(string below)
    {
        using LinkedLibTorch folder = new();
        string named = _temporary.File("python"), meant = Path.Combine(named, below);
        Directory.CreateDirectory(Path.GetDirectoryName(meant)!);
        Directory.CreateSymbolicLink(meant, folder.Path);
        await AssertRefused(named, $"which lacks libc10.so, libtorch_cpu.so, libtorch.so: {meant} has them, name that folder.");
    }

    [GlibcFact]
    public async Task Another_version_is_told_with_its_number()
    {
        // "mov rax, version; ret", which is all that the function does on x86-64: the version is 2.10.0, a byte each from the top.
        byte[] function = [0x48, 0xb8, 0, 0, 0, 0, 0, 0, 10, 2, 0xc3];
        Assert.Equal(Architecture.X64, RuntimeInformation.ProcessArchitecture);
        byte[] library = NativeFiles.Read("torch_cpu");
        int at = library.AsSpan().IndexOf(function);
        Assert.True(
            at >= 0 && library.AsSpan(at + 1).IndexOf(function) < 0, "the function that tells the version is not in libtorch_cpu.so once");
        library[at + 8] = 9;
        library[at + 7] = 1;
        using LinkedLibTorch folder = new();
        folder.Replace("libtorch_cpu.so", library);
        await AssertRefused(folder.Path, $"The libtorch in {folder.Path} is version 2.9.1, but TorchSharp 0.107.0 is built against 2.10");
    }

    [GlibcFact]
    public async Task A_library_without_a_version_is_told_to_be_old()
    {
        using LinkedLibTorch folder = new();
        folder.Replace("libtorch_cpu.so", LinkedLibTorch.StandIn("libtorch_cpu.so"));
        folder.Replace("libtorch.so", LinkedLibTorch.StandIn("libtorch.so"));
        await AssertRefused(folder.Path, $"The libtorch in {folder.Path} does not tell its version (aoti_torch_abi_version is missing");
    }

    [GlibcFact]
    public async Task Functions_that_TorchSharp_takes_and_the_folder_lacks_are_named()
    {
        const string Function = "_ZN2at13globalContextEv";
        using LinkedLibTorch folder = new();
        string program = Probe.Install(_temporary.File("program"));
        Replace(
            program, "libLibTorchSharp.so", LinkedLibTorch.Rename(NativeFiles.Read("LibTorchSharp"), Function, "_ZN2at13globalContextXX"));
        await AssertRefused(folder.Path, $"The libtorch in {folder.Path} lacks 1 of the ", "such as _ZN2at13globalContextXX: ", program);
    }

    [GlibcFact]
    public async Task A_folder_chosen_too_late_is_refused_with_what_is_loaded()
    {
        using LinkedLibTorch folder = new();
        string loaded = Path.Combine(Probe.Folder, Probe.NativeFolder, "libtorch_cpu.so");
        (int exitCode, string output) = await Probe.RunAsync("folder-too-late", environment: ("PROBE_LIBTORCH", folder.Path));
        Assert.Equal(1, exitCode);
        Assert.Contains(
            $"InvalidOperationException: LibTorch.Folder was set to {folder.Path}, but libtorch is in this process already, from {loaded}",
            output, StringComparison.Ordinal);

        (exitCode, output) = await Probe.RunAsync("another-libtorch-first", environment: (Variable, folder.Path));
        Assert.Equal(1, exitCode);
        Assert.Contains($"names {folder.Path}, but libtorch is in this process already, from {loaded}", output, StringComparison.Ordinal);
    }

    [GlibcFact]
    public async Task After_a_refused_folder_another_can_be_chosen()
    {
        using LinkedLibTorch folder = new();
        (int exitCode, string output) = await Probe.RunAsync(
            "wrong-folder-then-right", environment: [(Variable, _temporary.File("nowhere")), ("PROBE_LIBTORCH", folder.Path)]);
        Assert.StartsWith("first The environment variable CS336_LIBTORCH names ", output, StringComparison.Ordinal);
        AssertRan(exitCode, output);
    }

    private static async Task AssertRefused(string folder, string expected, string alsoExpected = "", string? program = null)
    {
        (int exitCode, string output) = await Probe.RunAsync("loaded-files", program, (Variable, folder));
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains(alsoExpected, output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    private static void AssertRan(int exitCode, string output)
    {
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static void AssertMapped(string output, string folder, string[] names) =>
        Assert.All(names, name => Assert.Contains($"mapped {Path.Combine(folder, name)}\n", output, StringComparison.Ordinal));

    /// <summary>Of the program's own libraries none but TorchSharp's, which is there where it loads as shipped.</summary>
    private static void AssertNoneMapped(string output, string folder) =>
        Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith($"mapped {folder}", StringComparison.Ordinal) && !IsBridge(line));

    private string ProgramWithoutPackage()
    {
        string program = Probe.Install(_temporary.File("program"));
        foreach (string file in Directory.GetFiles(Path.Combine(program, Probe.NativeFolder)).Where(file => !IsBridge(file)))
            File.Delete(file);
        return program;
    }

    private static bool IsBridge(string path) => path.EndsWith("/libLibTorchSharp.so", StringComparison.Ordinal);

    private static void MakeLoadable(string program)
    {
        byte[] library = NativeFiles.Read("LibTorchSharp");
        UnusedSymbolVersions.Weaken(library);
        Replace(program, "libLibTorchSharp.so", library);
    }

    // What lies there is a link to the package's file: removed, not written.
    private static void Replace(string program, string name, byte[] content)
    {
        string path = Path.Combine(program, Probe.NativeFolder, name);
        File.Delete(path);
        File.WriteAllBytes(path, content);
    }
}
