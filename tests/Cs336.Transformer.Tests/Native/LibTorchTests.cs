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
            "TorchSharp 0.107.0 loaded as shipped; the system's allocator is left as it is; waiting threads are left as they are.",
            new LibTorchLoadReport([], AllocatorTuning.NotAvailable, ShortSpin: false).Message);

    [Fact]
    public void What_was_done_is_in_the_report() =>
        Assert.Equal(
            "TorchSharp 0.107.0 loaded from a private copy that no longer requires GLIBCXX_3.4.32, which this system's libstdc++ lacks "
            + "and nothing uses; glibc's allocator keeps freed memory for reuse (CS336_TUNE_ALLOCATOR=0 turns that off); "
            + "waiting threads spin for 3000 rounds (GOMP_SPINCOUNT sets another count).",
            new LibTorchLoadReport(["GLIBCXX_3.4.32"], AllocatorTuning.Tuned, ShortSpin: true).Message);
}
