using Cs336.Inference;

namespace Cs336.Training.Tests;

public sealed class DepthRecipeTests
{
    [Theory]
    [InlineData(1, 32, 88, 4, 6e-3, 245)] // 4 · 32² + 3 · 32 · 88 = 12,544 parameters, 250,880 tokens
    [InlineData(2, 64, 176, 8, 4.242640687119285e-3, 980)] // 100,352 and 2,007,040
    [InlineData(4, 128, 344, 16, 3e-3, 3860)] // 790,528 and 15,810,560
    [InlineData(6, 192, 512, 24, 2.449489742783178e-3, 8640)] // 2,654,208 and 53,084,160
    [InlineData(8, 256, 688, 32, 2.121320343559643e-3, 15440)] // 6,324,224 and 126,484,480
    [InlineData(12, 384, 1024, 48, 1.7320508075688772e-3, 34560)] // 21,233,664 and 424,673,280
    public void The_numbers_are_those_of_the_rules(int depth, int width, int hidden, int batch, double rate, long steps)
    {
        RunConfig config = RunConfig.OfDepth(depth);
        Assert.Equal((width, depth, depth, hidden, 256),
            (config.Model.DModel, config.Model.NumLayers, config.Model.NumHeads, config.Model.DFf, config.Model.ContextLength));
        Assert.Equal((batch, steps), (config.Training.BatchSize, config.Training.MaxSteps));
        Assert.Equal(rate, config.Optimizer.MaxLearningRate, 1e-15);
        Assert.Equal(OptimizerKind.Muon, config.Optimizer.Name);
    }

    [Fact]
    public void Every_depth_is_a_sound_run_and_the_parameters_are_those_that_a_model_has()
    {
        for (int depth = 1; depth <= 128; depth++)
        {
            RunConfig config = RunConfig.OfDepth(depth);
            config.Data.Training = ["walk.npy"];
            Assert.Empty((config with { Model = config.Model with { VocabSize = 300 } }).FindProblems());
            ParameterCount count = ParameterCount.Of(config.Model with { VocabSize = 300 });
            long hidden = depth * (count.AttentionPerLayer + count.FeedForwardPerLayer);
            Assert.InRange((double)config.Training.MaxSteps * config.Training.BatchSize * 256 / hidden, 20, 20.5);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-3)]
    [InlineData(129)]
    public void A_depth_that_no_model_has_is_refused(int depth) =>
        Assert.Contains(
            "The depth must be from 1 to 128", Assert.Throws<ArgumentOutOfRangeException>(() => RunConfig.OfDepth(depth)).Message);
}
