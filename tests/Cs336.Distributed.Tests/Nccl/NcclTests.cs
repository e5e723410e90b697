namespace Cs336.Distributed.Tests;

/// <summary>Of the binding alone: what NCCL does with the calls, no test here knows.</summary>
public sealed class NcclTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [NcclFact]
    public void The_binding_calls_what_the_header_of_NCCL_declares()
    {
        StubLibrary stub = new(_folder);
        string file = _folder.File("id");
        using Job job = Job.RunAlone(["nccl", file], stub.Variables).Well();
        Assert.Contains("all as it must be: 1 ranks, NCCL 2.21.3", job.Output);
        string[] calls = stub.Calls;
        Assert.Equal(["ncclGetUniqueId", "ncclCommInitRank size 1 rank 0 id as it was made"], calls[..2]);
        const string Where = "communicator 0x336 stream (nil)";
        foreach (string expected in (string[])
        [
            $"ncclAllReduce count 1000 type 7 with 0 {Where}", $"ncclAllReduce count 1000 type 4 with 0 {Where}",
            $"ncclAllReduce count 1000 type 9 with 0 {Where}", $"ncclAllGather count 1000 type 8 with 0 {Where}",
            $"ncclReduceScatter count 1000 type 7 with 0 {Where}", $"ncclBroadcast count 1000 type 1 with 0 {Where}",
        ]) Assert.Contains(expected, calls);
        Assert.DoesNotContain(calls, call => call.Contains(" count 0 ", StringComparison.Ordinal));
        Assert.Equal("ncclCommDestroy", calls[^1]);
        Assert.False(File.Exists(file));
    }

    [NcclFact]
    public void What_NCCL_refuses_is_told_in_its_words_and_leaves_no_file()
    {
        StubLibrary stub = new(_folder);
        string file = _folder.File("id");
        using Job job = Job.RunAlone(["nccl", file], [.. stub.Variables, ("CS336_STUB_FAILS", "1")]);
        Assert.Contains("ncclCommInitRank failed: invalid usage", job.Errors);
        Assert.False(File.Exists(file));
    }

    [NcclFact]
    public void A_file_that_another_job_has_left_is_refused()
    {
        StubLibrary stub = new(_folder);
        string file = _folder.Write("id", "of another");
        using Job job = Job.RunAlone(["nccl", file], stub.Variables);
        Assert.Contains("id, by which ranks find each other, is there already", job.Errors);
        Assert.Equal("of another", File.ReadAllText(file));
    }

    [Fact]
    public void Without_NCCL_the_message_says_what_to_install()
    {
        using Job job = Job.RunAlone(["nccl", _folder.File("id")], ("CS336_NCCL", "libnone.so"));
        Assert.Contains("There is no libnone.so: install NCCL, or set CS336_NCCL to its file.", job.Errors);
        Assert.Empty(Directory.EnumerateFiles(_folder.Path));
    }
}
