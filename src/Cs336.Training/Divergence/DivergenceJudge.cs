namespace Cs336.Training;

/// <summary>Tells whether a step diverged, from its loss, its gradient and the losses before it.</summary>
internal sealed class DivergenceJudge
{
    private const int AveragedSteps = 20;
    private const double Keep = 1 - 1.0 / AveragedSteps; // share that the average keeps in each step, so that it is over about so many

    /// <summary>How many nats a loss may lie above the average of those before it.</summary>
    public double MaxLossSpike { get; set; } = double.PositiveInfinity;

    /// <summary>How many nats the average may lie above its lowest.</summary>
    public double MaxLossRise { get; set; } = double.PositiveInfinity;

    public JudgeState State { get; set; }

    /// <summary>What is wrong with a step, as a clause; null where nothing is.</summary>
    public string? Judge(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm)) return $"the loss is {loss} and the gradient norm {gradientNorm}";
        double before = State.Average / State.Weight;
        if (State.Seen >= AveragedSteps && loss > before + MaxLossSpike)
            return $"the loss is {loss:0.###}, more than {MaxLossSpike} nats above its average over about {AveragedSteps} steps, "
                + $"{before:0.###}";
        (double average, double lowest) = AverageWith(loss);
        // A large rate without warm-up may jump at the start and recover.
        return State.Seen + 1 >= AveragedSteps && average > lowest + MaxLossRise
            ? $"the loss, averaged over about {AveragedSteps} steps, is {average:0.###}: more than {MaxLossRise} nats above its lowest, "
                + $"{lowest:0.###}" : null;
    }

    /// <summary>Counts a good step.</summary>
    /// <param name="stepsBefore">Number of steps done before it.</param>
    public void Accept(double loss, long stepsBefore) => State = State with
    {
        Average = Keep * State.Average + (1 - Keep) * loss,
        Weight = Keep * State.Weight + (1 - Keep),
        Seen = State.Seen + 1,
        Recoveries = stepsBefore > State.LastBadStep ? 0 : State.Recoveries,
        Lowest = AverageWith(loss).Lowest,
    };

    /// <summary>Counts a step that diverged.</summary>
    /// <returns>How many there were without getting past the furthest of them.</returns>
    public int Reject(long stepsBefore)
    {
        State = State with { LastBadStep = Math.Max(State.LastBadStep, stepsBefore), Recoveries = State.Recoveries + 1 };
        return State.Recoveries;
    }

    /// <summary>
    /// The average with a further step, and the lowest up to it. The first steps count in full, as in Adam's bias correction.
    /// </summary>
    private (double Average, double Lowest) AverageWith(double loss)
    {
        double average = (Keep * State.Average + (1 - Keep) * loss) / (Keep * State.Weight + (1 - Keep));
        return (average, Math.Min(State.Lowest ?? average, average));
    }
}
