namespace Cs336.Inference.Tests;

public sealed class TrainingTimeTests
{
    private const double A100 = 19.5e12;

    [Fact]
    public void Gpt2_xl_for_400_thousand_steps_on_an_a100_takes_18_years()
    {
        double days = TrainingTime.Days(Gpt2Shapes.Xl, 1024, batch: 1024, steps: 400_000, A100, mfu: 0.5);
        Assert.Equal(3 * 4_522_151_116_800.0 * 1024 * 400_000 / (A100 * 0.5) / 86_400, days, tolerance: 1e-6);
        Assert.InRange(days, 6590, 6600);
    }

    [Fact]
    public void The_problem_of_2026_takes_4850_hours_on_an_h100()
    {
        double days = TrainingTime.Days(Gpt2Shapes.Xl2026, 1024, batch: 1024, steps: 400_000, 495e12, mfu: 0.5, matrixProductsOnly: true);
        Assert.Equal(3 * 3_516_769_894_400.0 * 1024 * 400_000 / (495e12 * 0.5) / 3600, 24 * days, tolerance: 1e-6);
        Assert.InRange(24 * days, 4845, 4855);
        // with what goes element by element
        Assert.InRange(24 * TrainingTime.Days(Gpt2Shapes.Xl2026, 1024, 1024, 400_000, 495e12, 0.5), 4855, 4870);
    }

    [Fact]
    public void The_speed_that_a_run_needs_gives_back_its_utilisation()
    {
        double days = TrainingTime.Days(Gpt2Shapes.Small, 1024, batch: 8, steps: 1000, A100, mfu: 0.37);
        double tokensPerSecond = 1024 * 8 * 1000 / (days * 86_400);
        Assert.Equal(0.37, TrainingTime.Mfu(Gpt2Shapes.Small, 1024, tokensPerSecond, A100), tolerance: 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void A_utilisation_that_is_no_fraction_is_refused(double mfu)
    {
        Assert.Contains(
            $"mfu is {mfu}", Assert.Throws<ArgumentOutOfRangeException>(() => TrainingTime.Days(Shapes.Base, 16, 1, 1, A100, mfu)).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Speeds_that_are_not_above_0_and_finite_are_refused(double speed)
    {
        Assert.Contains(
            "tokensPerSecond is", Assert.Throws<ArgumentOutOfRangeException>(() => TrainingTime.Mfu(Shapes.Base, 16, speed, A100)).Message);
        Assert.Contains(
            "peakFlopsPerSecond is",
            Assert.Throws<ArgumentOutOfRangeException>(() => TrainingTime.Mfu(Shapes.Base, 16, 10, speed)).Message);
        Assert.Contains(
            "peakFlopsPerSecond is",
            Assert.Throws<ArgumentOutOfRangeException>(() => TrainingTime.Days(Shapes.Base, 16, 1, 1, speed, 0.5)).Message);
        Assert.Contains(
            "steps is 0", Assert.Throws<ArgumentOutOfRangeException>(() => TrainingTime.Days(Shapes.Base, 16, 1, 0, A100, 0.5)).Message);
    }
}
