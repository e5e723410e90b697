namespace Cs336.Training.Tests;

public sealed class ScheduleTests
{
    [Fact]
    public void Warm_up_and_cosine_follow_the_course()
    {
        // The course's own test values: α_max 1, α_min 0.1, T_w 7, T_c 21.
        WarmupCosineSchedule schedule = new(1, 0.1, 7, 21);
        double[] expected =
        [
            0, 0.14285714285714285, 0.2857142857142857, 0.42857142857142855, 0.5714285714285714, 0.7142857142857143,
            0.8571428571428571, 1.0, 0.9887175604818206, 0.9554359905560885, 0.9018241671106134, 0.8305704108364301,
            0.7452476826029011, 0.6501344202803414, 0.55, 0.44986557971965857, 0.3547523173970989, 0.26942958916356996,
            0.19817583288938662, 0.14456400944391146, 0.11128243951817937, 0.1, 0.1, 0.1, 0.1,
        ];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.GetLearningRate(step), 1e-14);
    }

    [Fact]
    public void No_warm_up_and_no_annealing_are_allowed()
    {
        Assert.Equal(1, new WarmupCosineSchedule(1, 0, 0, 10).GetLearningRate(0));
        WarmupCosineSchedule both = new(1, 0.5, 0, 0);
        Assert.Equal([1, 0.5], [both.GetLearningRate(0), both.GetLearningRate(1)]);
    }

    [Fact]
    public void Numbers_that_do_not_fit_together_are_refused_all_at_once()
    {
        string message = Assert.Throws<ArgumentException>(() => new WarmupCosineSchedule(1e-3, 2e-3, 50, 20)).Message;
        Assert.Contains("minimum learning rate is 0.002", message);
        Assert.Contains("annealing ends at step 20, before the warm-up of 50 steps", message);
        Assert.Contains("maximum learning rate is NaN", Assert.Throws<ArgumentException>(() =>
            new WarmupCosineSchedule(double.NaN, 0, 0, 1)).Message);
    }

    [Fact]
    public void A_constant_stays()
    {
        Assert.Equal([0.3, 0.3], [new ConstantSchedule(0.3).GetLearningRate(0), new ConstantSchedule(0.3).GetLearningRate(long.MaxValue)]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantSchedule(-1));
    }

    [Fact]
    public void Warm_up_plateau_and_descent_follow_one_another()
    {
        WarmupStableDecaySchedule schedule = new(1, 0.2, warmupSteps: 2, decayStart: 5, decayEnd: 9);
        double[] expected = [0, 0.5, 1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.GetLearningRate(step), 1e-14);
        WarmupStableDecaySchedule atOnce = new(1, 0.5, 0, 0, 0);
        Assert.Equal([1, 0.5], [atOnce.GetLearningRate(0), atOnce.GetLearningRate(1)]);
        string message = Assert.Throws<ArgumentException>(() => new WarmupStableDecaySchedule(1e-3, 2e-3, 50, 20, 10)).Message;
        foreach (string problem in (string[])["minimum learning rate is 0.002", "begins at step 20, before the warm-up of 50",
            "ends at step 10, before it begins at 20"])
            Assert.Contains(problem, message);
    }

    [Fact]
    public void A_descent_from_the_end_of_the_warm_up_goes_straight_to_zero()
    {
        OptimizerConfig config = new() { Schedule = ScheduleKind.WarmupStableDecay, MaxLearningRate = 1, MinLearningRate = 0,
            WarmupSteps = 2, DecayStart = 2 };
        ILrSchedule schedule = config.CreateSchedule(10);
        double[] expected = [0, 0.5, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.GetLearningRate(step), 1e-14);

        // A plateau, then a line to a fraction of the rate.
        ILrSchedule plateau = (config with { MinLearningRate = 0.1, DecayStart = 6 }).CreateSchedule(10);
        Assert.Equal([1, 1, 0.775, 0.1, 0.1], new long[] { 3, 6, 7, 10, 99 }.Select(step => Math.Round(plateau.GetLearningRate(step), 12)));
    }

    [Fact]
    public void A_line_goes_from_one_rate_to_another_and_stays()
    {
        LinearSchedule schedule = new(1, 0, 4);
        Assert.Equal([1, 0.75, 0.5, 0.25, 0, 0], Enumerable.Range(0, 6).Select(step => schedule.GetLearningRate(step)));
        Assert.Equal(2, new LinearSchedule(1, 2, 0).GetLearningRate(0));
        string message = Assert.Throws<ArgumentException>(() => new LinearSchedule(-1, double.NaN, -2)).Message;
        foreach (string problem in (string[])["first learning rate is -1", "last learning rate is NaN", "has -2 steps"])
            Assert.Contains(problem, message);
    }

    [Fact]
    public void A_sequence_starts_each_schedule_at_its_own_step_0_and_stays_in_the_last()
    {
        ScheduleSequence schedule = new([(new LinearSchedule(0, 1, 2), 2), (new ConstantSchedule(1), 3)],
            new WarmupCosineSchedule(1, 0.5, 0, 2));
        double[] expected = [0, 0.5, 1, 1, 1, 1, 0.75, 0.5, 0.5];
        for (int step = 0; step < expected.Length; step++) Assert.Equal(expected[step], schedule.GetLearningRate(step), 1e-14);
        Assert.Equal(0.3, new ScheduleSequence([], new ConstantSchedule(0.3)).GetLearningRate(7));
        string message = Assert.Throws<ArgumentException>(() =>
            new ScheduleSequence([(new ConstantSchedule(1), 0), (null!, 5)], new ConstantSchedule(1))).Message;
        Assert.Contains("Phase 0 has 0 steps", message);
        Assert.Contains("Phase 1 has no schedule", message);
    }
}
