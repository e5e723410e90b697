using TorchSharp;

namespace Cs336.Transformer.Tests;

public class LibTorchTests
{
    [Fact]
    public async Task Many_threads_at_once_get_the_same_report()
    {
        LibTorchLoadReport[] reports = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(LibTorch.EnsureLoaded)));
        Assert.All(reports, report => Assert.Same(reports[0], report));
        using torch.Tensor ones = torch.ones(2);
        Assert.Equal(2, ones.numel());
    }

    [Fact]
    public void The_report_is_one_line()
    {
        string message = LibTorch.EnsureLoaded().Message;
        Assert.DoesNotContain('\n', message);
        Assert.StartsWith("TorchSharp 0.107.0 loaded ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_was_done_the_report_says_so() =>
        Assert.Equal(
            "TorchSharp 0.107.0 loaded as shipped; libtorch from /app (the program's; CS336_LIBTORCH chooses another folder); "
            + "the system's allocator is left as it is; waiting threads are left as they are.",
            new LibTorchLoadReport([], AllocatorTuning.NotAvailable, ShortSpin: false, LibTorchSource.Program, "/app").Message);

    [Fact]
    public void What_was_done_is_in_the_report() =>
        Assert.Equal(
            "TorchSharp 0.107.0 loaded from a private copy that no longer requires GLIBCXX_3.4.32, which this system's libstdc++ lacks "
            + "and nothing uses; libtorch from /torch/lib (chosen by CS336_LIBTORCH); "
            + "glibc's allocator keeps freed memory for reuse (CS336_TUNE_ALLOCATOR=0 turns that off); "
            + "waiting threads spin for 3000 rounds (GOMP_SPINCOUNT sets another count).",
            new LibTorchLoadReport(
                ["GLIBCXX_3.4.32"], AllocatorTuning.Tuned, ShortSpin: true, LibTorchSource.EnvironmentVariable, "/torch/lib").Message);

    [Fact]
    public void The_report_names_the_folder_that_libtorch_is_from()
    {
        LibTorchLoadReport report = LibTorch.EnsureLoaded();
        Assert.True(File.Exists(Path.Combine(report.Folder!, LibTorchPackage.FileName("torch_cpu"))));
        Assert.Contains($"libtorch from {report.Folder} (", report.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Choosing_a_folder_when_libtorch_is_loaded_is_refused_and_changes_nothing()
    {
        LibTorch.EnsureLoaded();
        string? before = LibTorch.Folder;
        var error = Assert.Throws<InvalidOperationException>(() => LibTorch.Folder = "/somewhere/else");
        Assert.Contains(
            "was set to /somewhere/else, but libtorch is in this process already, from ", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LibTorch.Folder = "");
        Assert.Equal(before, LibTorch.Folder);
        LibTorch.Folder = before;
    }
}
