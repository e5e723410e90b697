using System.Text.Json.Nodes;

namespace Cs336.Inference.Tests;

public sealed class ModelAccountTests
{
    [Fact]
    public void Json_holds_every_number()
    {
        JsonNode json = JsonNode.Parse(ModelAccount.Of(Gpt2Shapes.Xl, batch: 2).ToJson())!;
        Assert.Equal(50_257, (int)json["config"]!["vocab_size"]!);
        Assert.Equal(1024, (int)json["sequence_length"]!);
        Assert.Equal(2_127_057_600, (long)json["parameters"]!["total"]!);
        Assert.Equal(2 * 4_522_151_116_800, (long)json["forward_flops"]!["total"]!);
        Assert.Equal(6 * 4_522_151_116_800, (long)json["training_flops"]!["total"]!);
        TrainingMemory memory = TrainingMemory.Of(Gpt2Shapes.Xl, 1024);
        Assert.Equal(memory.PerSequence, (long)json["memory"]!["activations_per_sequence"]!["total"]!);
        Assert.Equal(memory.Expression, (string)json["memory"]!["expression"]!);
        Assert.Equal(memory.At(2), (long)json["memory_at_batch"]!);
    }

    [Fact]
    public void Tables_name_every_component_with_its_share()
    {
        string[] lines = ModelAccount.Of(Gpt2Shapes.Xl).ToMarkdown().Split('\n');
        Assert.Contains("| embedding | 80,411,200 | 3.78% |", lines);
        Assert.Contains("| feed-forward | 3,019,898,880,000 | 66.78% |", lines);
        Assert.Contains("| total | 4,522,151,116,800 | |", lines);
        Assert.Contains("| AdamW's moments | 17,016,460,800 | 32.68% |", lines);
        Assert.Contains("| total | 52,067,257,344 | |", lines);
    }

    [Fact]
    public void Another_length_than_the_configurations_context_can_be_asked_for()
    {
        Assert.Equal(151_475_768_524_800, ModelAccount.Of(Gpt2Shapes.Xl, sequenceLength: 16_384).ForwardFlops.Total);
    }
}
