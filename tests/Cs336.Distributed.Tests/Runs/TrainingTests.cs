namespace Cs336.Distributed.Tests;

public sealed class TrainingTests : RankTest
{
    private const double Tolerance = 1e-6;

    [MpiTheory]
    [InlineData("adamw")]
    [InlineData("muon")]
    public void Two_ranks_and_four_learn_what_one_learns(string optimizer)
    {
        string config = Config(optimizer);
        using Job one = Job.RunAlone(["train", Run("1"), config]).Well();
        foreach (int ranks in (int[])[2, 4])
        {
            using Job several = Job.Run(ranks, ["train", Run($"{ranks}"), config]).Well();
            foreach ((string word, int place, int count) in ((string, int, int)[])[("step", 2, 50), ("step", 3, 50), ("validation", 2, 3)])
            {
                double[] expected = Numbers(one.Lines(word), place), actual = Numbers(several.Lines(word), place);
                Assert.Equal(count, expected.Length);
                Assert.Equal(count, actual.Length);
                Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.Second / pair.First - 1), 0, Tolerance));
            }
            Assert.Equal(Steps("1"), Steps($"{ranks}"));
            Assert.InRange(Difference("1", $"{ranks}", 50), 0, Tolerance);
        }
    }

    [MpiFact]
    public void A_run_of_ranks_that_is_repeated_has_the_same_bits()
    {
        string config = Config("muon");
        using Job first = Job.Run(2, ["train", Run("first"), config]).Well(), second = Job.Run(2, ["train", Run("second"), config]).Well();
        AssertEqualBits("first", "second", 50);
        Assert.Equal(first.Lines("step"), second.Lines("step"));
        Assert.Equal(first.Lines("validation"), second.Lines("validation"));
    }

    [MpiFact]
    public void Growing_batches_averaged_weights_and_even_neurons_are_the_same_on_two_ranks_also_after_going_on()
    {
        string Recipe(int steps)
        {
            string path = Config("muon", $$"""
                { "max_steps": {{steps}}, "batch_size_start": 3, "batch_size_ramp_steps": 20, "ema_decay": 0.9, "checkpoint_every": 10 }
                """);
            Training.RunConfig config = Training.RunConfig.Load(path)
                .Merge("""{ "optimizer": { "nor_muon": true, "momentum_warmup_steps": 15 } }""");
            File.WriteAllText(path, config.ToJson());
            return path;
        }

        using Job one = Job.RunAlone(["train", Run("1"), Recipe(40)]).Well();
        using Job begun = Job.Run(2, ["train", Run("2"), Recipe(20)]).Well();
        Lengthen("2", 40);
        using Job two = Job.Run(2, ["train", Run("2"), "-"]).Well();
        double[] expected = Numbers(one.Lines("step"), 2), actual = [.. Numbers(begun.Lines("step"), 2), .. Numbers(two.Lines("step"), 2)];
        Assert.Equal(40, expected.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.Second / pair.First - 1), 0, 1e-5));
        Assert.InRange(Difference("1", "2", 40), 0, 1e-5);
    }

    [MpiFact(MpiLauncher.Mpich)]
    public void Ranks_of_MPICH_learn_the_same_bits_as_those_of_OpenMPI()
    {
        string config = Config();
        using Job mpich = Job.Run(2, ["train", Run("mpich"), config], MpiLauncher.Mpich).Well();
        if (MpiLauncher.FindProblem(MpiLauncher.OpenMpi) is null)
        {
            using Job openMpi = Job.Run(2, ["train", Run("openmpi"), config]).Well();
            AssertEqualBits("openmpi", "mpich", 50);
        }
        using Job one = Job.RunAlone(["train", Run("1"), config]).Well();
        Assert.InRange(Difference("1", "mpich", 50), 0, Tolerance);
    }

    [MpiFact]
    public void A_checkpoint_of_two_ranks_goes_on_on_one_and_then_on_four()
    {
        using Job whole = Job.RunAlone(["train", Run("whole"), Config("muon")]).Well();
        using Job two = Job.Run(2, ["train", Run("cut"), Config("muon", """{ "max_steps": 20 }""")]).Well();
        Lengthen("cut", 30);
        using Job one = Job.RunAlone(["train", Run("cut"), "-"]).Well();
        Assert.Equal(["begin 20"], one.Lines("begin"));
        Lengthen("cut", 50);
        using Job four = Job.Run(4, ["train", Run("cut"), "-"]).Well();
        Assert.Equal(["begin 30"], four.Lines("begin"));
        Assert.Equal(["done 50"], four.Lines("done"));
        Assert.InRange(Difference("whole", "cut", 50), 0, Tolerance);
    }

    [MpiTheory]
    [InlineData("adamw", 0)]
    [InlineData("muon", Tolerance)] // multiplies other matrices together
    public void An_optimizer_that_is_divided_among_ranks_teaches_the_same(string optimizer, double tolerance)
    {
        using Job whole = Job.Run(3, ["train", Run("whole"), Config(optimizer)]).Well();
        string config = Config(optimizer, """{ "max_steps": 50, "shard_optimizer": true }""");
        using Job divided = Job.Run(3, ["train", Run("divided"), config]).Well();
        Assert.InRange(Difference("whole", "divided", 50), 0, tolerance);
        Assert.InRange(Difference("whole", "divided", 50, "optimizer.safetensors"), 0, 10 * tolerance);
    }

    [MpiFact]
    public void The_state_of_a_divided_optimizer_goes_on_with_any_number_of_ranks()
    {
        using Job whole = Job.RunAlone(["train", Run("whole"), Config("muon")]).Well();
        using Job four = Job.Run(4, ["train", Run("cut"), Config("muon", """{ "max_steps": 20, "shard_optimizer": true }""")]).Well();
        Lengthen("cut", 30);
        using Job one = Job.RunAlone(["train", Run("cut"), "-"]).Well();
        Assert.DoesNotContain(one.Lines("warning"), line => !line.Contains("max_steps"));
        Lengthen("cut", 50);
        using Job two = Job.Run(2, ["train", Run("cut"), "-"]).Well();
        Assert.Equal(["begin 30"], two.Lines("begin"));
        Assert.InRange(Difference("whole", "cut", 50), 0, Tolerance);
    }

    [MpiFact]
    public void Gradients_that_travel_as_bfloat16_teach_nearly_the_same()
    {
        using Job one = Job.RunAlone(["train", Run("1"), Config()]).Well();
        string halves = Config(training: """{ "max_steps": 50, "gradient_precision": "bfloat16" }""");
        using Job two = Job.Run(2, ["train", Run("2"), halves]).Well();
        double expected = Numbers(one.Lines("validation"), 2)[^1], actual = Numbers(two.Lines("validation"), 2)[^1];
        Assert.InRange(Math.Abs(actual / expected - 1), 1e-9, 2e-3);
    }

    [MpiFact]
    public void A_batch_that_is_too_small_to_divide_is_refused_once_and_in_words()
    {
        using Job job = Job.Run(4, ["train", Run("small"), Config(training: """{ "batch_size": 3 }""")]);
        Assert.NotEqual(0, job.ExitCode);
        Assert.Contains("batch_size is 3, but there are 4 ranks: give each at least one window of every batch.", job.Errors);
    }

    private void Lengthen(string run, int steps)
    {
        Training.RunDirectory directory = new(Run(run));
        Training.RunConfig config = directory.ReadConfig().With("training.max_steps", $"{steps}");
        File.WriteAllText(directory.Config, config.ToJson());
    }
}
