using Cs336.Inference;

namespace Cs336.Inference.Tests;

public sealed class TransformerConfigTests
{
    private static readonly TransformerConfig Sound = new()
    {
        VocabSize = 1000, ContextLength = 64, DModel = 32, NumLayers = 2, NumHeads = 4, DFf = 88, RopeTheta = 5000,
    };

    [Fact]
    public void Json_carries_the_names_of_the_course()
    {
        const string Expected = """
            {
              "vocab_size": 1000,
              "context_length": 64,
              "d_model": 32,
              "num_layers": 2,
              "num_heads": 4,
              "d_ff": 88,
              "rope_theta": 5000
            }
            """;
        Assert.Equal(Expected, Sound.ToJson().ReplaceLineEndings("\n"));
        Assert.Equal(Sound, TransformerConfig.Parse(Sound.ToJson()));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        TransformerConfig config = Sound with { VocabSize = 0, DModel = 30, NumLayers = -1, RopeTheta = double.NaN };
        ArgumentException exception = Assert.Throws<ArgumentException>(config.Validate);
        Assert.Equal(string.Join(Environment.NewLine,
            "vocab_size is 0, but must be at least 1.",
            "num_layers is -1, but must be at least 1.",
            "rope_theta is NaN, but must be a finite number above 0: 10000 is usual.",
            "d_model is 30, which num_heads 4 does not divide: choose a multiple of 4."), exception.Message);
    }

    [Fact]
    public void An_odd_head_size_is_refused()
    {
        string problem = Assert.Single((Sound with { DModel = 12, NumHeads = 4 }).FindProblems());
        Assert.Equal("d_model / num_heads is 3, but rotary embeddings turn pairs and need an even head size: change d_model 12 or num_heads 4.", problem);
    }

    [Theory]
    [InlineData("{\"vocab_size\": 5, \"colour\": 1}", "colour")]
    [InlineData("{\"vocab_size\": 5}", "d_model")]
    [InlineData("{\"vocab_size\": 5, \"vocab_size\": 6}", "vocab_size")]
    [InlineData("{\"vocab_size\": \"many\"}", "vocab_size")]
    [InlineData("null", "null")]
    [InlineData("[", "configuration")]
    public void Json_that_is_not_a_configuration_is_refused(string json, string named)
    {
        Assert.Contains(named, Assert.Throws<InvalidDataException>(() => TransformerConfig.Parse(json)).Message);
    }

    [Fact]
    public void A_file_with_an_unsound_configuration_is_named()
    {
        using TemporaryFolder folder = new();
        string path = folder.Write("config.json", (Sound with { NumHeads = 5 }).ToJson());
        string message = Assert.Throws<InvalidDataException>(() => TransformerConfig.Load(path)).Message;
        Assert.Contains(path, message);
        Assert.Contains("d_model is 32, which num_heads 5 does not divide", message);
    }
}
