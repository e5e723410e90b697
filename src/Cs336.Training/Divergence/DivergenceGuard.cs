namespace Cs336.Training;

/// <summary>Tells whether a step diverged, from its loss, its gradient and the losses before it.</summary>
/// <param name="maxLossSpike">How many nats a loss may lie above the average.</param>
internal sealed class DivergenceGuard(double maxLossSpike)
{
    private const int Window = 20;
    private const double Keep = 1 - 1.0 / Window;

    public GuardState State { get; set; }

    /// <summary>What is wrong with a step, as a clause; null where nothing is.</summary>
    public string? Judge(double loss, double gradientNorm)
    {
        if (!double.IsFinite(loss) || !double.IsFinite(gradientNorm)) return $"the loss is {loss} and the gradient norm {gradientNorm}";
        double average = State.Average / State.Weight;
        return State.Seen >= Window && loss > average + maxLossSpike
            ? $"the loss is {loss:0.###}, more than {maxLossSpike} nats above its average over about {Window} steps, {average:0.###}" : null;
    }

    /// <summary>Counts a good step.</summary>
    /// <param name="loss">Its loss.</param>
    /// <param name="stepsBefore">Number of steps done before it.</param>
    public void Accept(double loss, long stepsBefore) => State = State with
    {
        Average = Keep * State.Average + (1 - Keep) * loss,
        Weight = Keep * State.Weight + (1 - Keep),
        Seen = State.Seen + 1,
        Recoveries = stepsBefore > State.LastBadStep ? 0 : State.Recoveries,
    };

    /// <summary>Counts a step that diverged.</summary>
    /// <returns>How many there were without getting past the furthest of them.</returns>
    public int Reject(long stepsBefore)
    {
        State = State with { LastBadStep = Math.Max(State.LastBadStep, stepsBefore), Recoveries = State.Recoveries + 1 };
        return State.Recoveries;
    }
}
