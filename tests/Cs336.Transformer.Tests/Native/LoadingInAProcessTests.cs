using Cs336.Testing;

namespace Cs336.Transformer.Tests;

/// <summary>Loading as a program meets it: each test starts one.</summary>
public class LoadingInAProcessTests
{
    [OldSystemFact]
    public async Task TorchSharp_alone_does_not_load_here()
    {
        (int exitCode, string output) = await Probe.RunAsync("torchsharp-alone");
        Assert.Equal(1, exitCode);
        Assert.Contains("TypeInitializationException", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ensure-loaded")]
    [InlineData("any-type-first")]
    public async Task A_program_that_calls_or_merely_uses_this_library_loads_it(string mode)
    {
        (int exitCode, string output) = await Probe.RunAsync(mode);
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        Assert.Contains(
            LibTorch.EnsureLoaded().WeakenedVersions.Count == 0 ? "loaded as shipped" : "GLIBCXX_3.4.32", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [GlibcFact]
    public async Task Where_TorchSharp_loads_as_shipped_nothing_is_done_to_it()
    {
        using var temporary = new TemporaryFolder();
        string program = Probe.Install(temporary.File("program"));
        string library = Path.Combine(program, Probe.NativeFolder, "libLibTorchSharp.so");
        byte[] loadable = NativeFiles.Read("LibTorchSharp");
        UnusedSymbolVersions.Weaken(loadable);
        File.Delete(library);
        File.WriteAllBytes(library, loadable);
        (int exitCode, string output) = await Probe.RunAsync("ensure-loaded", program);
        Assert.StartsWith("TorchSharp 0.107.0 loaded as shipped; ", output, StringComparison.Ordinal);
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    [OldSystemFact]
    public async Task A_program_that_used_TorchSharp_too_early_is_told_to_load_first()
    {
        (int exitCode, string output) = await Probe.RunAsync("torchsharp-first");
        Assert.Equal(1, exitCode);
        Assert.Contains("LibTorchNotFoundException: TorchSharp was used before LibTorch.EnsureLoaded()", output, StringComparison.Ordinal);
    }

    [GlibcFact]
    public async Task Loading_writes_no_file_and_needs_no_folder_to_write_to()
    {
        using var temporary = new TemporaryFolder();
        string program = Probe.Install(temporary.File("program"));
        string[] before = Probe.List(program);
        MakeReadOnly(program);
        string nowhere = temporary.File("nowhere");
        (int exitCode, string output) = await Probe.RunAsync(
            "ensure-loaded", program, ("HOME", nowhere), ("XDG_CACHE_HOME", nowhere), ("TMPDIR", nowhere));
        Assert.Contains("sum 6", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
        MakeWritable(program);
        Assert.Equal(before, Probe.List(program));
        Assert.False(Directory.Exists(nowhere));
    }

    [GlibcFact]
    public async Task Programs_that_start_together_do_not_disturb_each_other()
    {
        (int ExitCode, string Output)[] runs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Probe.RunAsync("ensure-loaded")));
        Assert.All(runs, run => Assert.Contains("sum 6", run.Output, StringComparison.Ordinal));
        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
    }

    [GlibcFact]
    public async Task Without_a_libtorch_package_the_error_names_it_and_nothing_is_copied()
    {
        using var temporary = new TemporaryFolder();
        string program = Probe.Install(temporary.File("program"));
        foreach (string file in Directory.GetFiles(Path.Combine(program, Probe.NativeFolder), "lib*"))
        {
            if (Path.GetFileName(file) != LibTorchPackage.FileName("LibTorchSharp")) File.Delete(file);
        }
        string[] before = Probe.List(program);
        (int exitCode, string output) = await Probe.RunAsync("ensure-loaded", program, ("NUGET_PACKAGES", null));
        Assert.Equal(1, exitCode);
        Assert.StartsWith("LibTorchNotFoundException: libtorch_cpu.so was not found in ", output, StringComparison.Ordinal);
        Assert.Contains($"dotnet add package libtorch-cpu-{LibTorchPackage.Platform} --version 2.10.0", output, StringComparison.Ordinal);
        Assert.Equal(before, Probe.List(program));
    }

    [GlibcFact]
    public async Task A_libtorch_that_is_damaged_is_named_with_the_loaders_reason()
    {
        using var temporary = new TemporaryFolder();
        string program = Probe.Install(temporary.File("program"));
        string library = Path.Combine(program, Probe.NativeFolder, "libtorch_cpu.so");
        File.Delete(library);
        File.WriteAllText(library, "not a library");
        (int exitCode, string output) = await Probe.RunAsync("ensure-loaded", program);
        Assert.Equal(1, exitCode);
        Assert.StartsWith($"LibTorchNotFoundException: {library} is there but does not load: ", output, StringComparison.Ordinal);
    }

    [OldSystemFact]
    public async Task A_TorchSharp_library_that_is_damaged_is_named_with_what_is_wrong()
    {
        using var temporary = new TemporaryFolder();
        string program = Probe.Install(temporary.File("program"));
        string library = Path.Combine(program, Probe.NativeFolder, "libLibTorchSharp.so");
        File.Delete(library);
        File.WriteAllText(library, "not a library");
        (int exitCode, string output) = await Probe.RunAsync("ensure-loaded", program);
        Assert.Equal(1, exitCode);
        Assert.Contains($"{library} is damaged: the ELF header runs past the end", output, StringComparison.Ordinal);
    }

    private static void MakeReadOnly(string folder) => SetMode(folder, UnixFileMode.UserRead | UnixFileMode.UserExecute);

    private static void MakeWritable(string folder) =>
        SetMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static void SetMode(string folder, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows()) return;
        string[] folders = [folder, .. Directory.GetDirectories(folder, "*", SearchOption.AllDirectories)];
        foreach (string each in folders) File.SetUnixFileMode(each, mode);
    }
}
