using System.Text.Json.Nodes;
using Cs336.Transformer;

namespace Cs336.Training.Tests;

public sealed class OtherProcessorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_that_is_resumed_on_another_kind_of_processor_goes_on_and_says_so()
    {
        string data = TokenFiles.Write(_folder, "walk.npy", TokenFiles.Walk(3_000, 40), 40), run = _folder.File("run");
        string config = _folder.Write("config.json", RunConfig.Parse($$"""
            {
              "model": { "vocab_size": 40, "context_length": 16, "d_model": 32, "num_layers": 1, "num_heads": 4, "d_ff": 88 },
              "optimizer": { "schedule": "constant", "warmup_steps": 0 },
              "training": { "batch_size": 4, "max_steps": 4, "checkpoint_every": 4 },
              "data": { "training": [{ "path": "{{data}}" }] }
            }
            """).ToJson());
        using (Probe probe = new("train", run, config))
        {
            probe.Finish();
            Assert.DoesNotContain(probe.Lines, line => line.StartsWith("warning", StringComparison.Ordinal));
        }
        string state = File.ReadAllText(Path.Combine(new FileCheckpointStore(Path.Combine(run, "checkpoints")).FolderOf(4),
            "trainer.json"));
        Assert.Equal(ComputePlan.ProcessorKind, (string?)JsonNode.Parse(state)!["processor"]);

        // A processor without SIMD is another kind than any.
        string longer = Path.Combine(run, "config.json");
        File.WriteAllText(longer, RunConfig.Load(longer).Merge("""{ "training": { "max_steps": 8 } }""").ToJson());
        using (Probe probe = new("train", run, longer, ("DOTNET_EnableHWIntrinsic", "0")))
        {
            probe.Finish();
            string[] before = [.. probe.Lines.TakeWhile(line => line != "begin 4")];
            Assert.Contains($"warning The run was saved on another kind of processor ({ComputePlan.ProcessorKind}; here ", before[0],
                StringComparison.Ordinal);
            Assert.Equal(["warning max_steps is 8, but was 4 when the run was saved: that holds from here on."], before[1..]);
            Assert.Equal("done 8", probe.Lines[^1]);
        }
    }
}
