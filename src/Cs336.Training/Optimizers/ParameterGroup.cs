namespace Cs336.Training;

/// <summary>Parameters that an optimizer treats alike, and unlike others.</summary>
public sealed record ParameterGroup(IReadOnlyList<NamedParameter> Parameters)
{
    /// <summary>What the learning rate of a step is multiplied by. Default 1; 0 or more.</summary>
    public double LearningRateFactor { get; init; } = 1;

    /// <summary>λ of the decoupled weight decay. Default null: the optimizer's; 0 or more.</summary>
    public double? WeightDecay { get; init; }

    /// <summary>The parameters of all groups one after the other, and for each the factor of its learning rate and its λ.</summary>
    /// <param name="weightDecay">λ where a group has none of its own.</param>
    /// <param name="targets">Which parameters that λ is for; for the others it is 0.</param>
    internal static (IReadOnlyList<NamedParameter> Parameters, double[] LearningRateFactors, double[] WeightDecays) Join(
        IReadOnlyList<ParameterGroup> groups, double weightDecay, WeightDecayTargets targets) => (
        [.. groups.SelectMany(group => group.Parameters)],
        [.. groups.SelectMany(group => group.Parameters.Select(_ => group.LearningRateFactor))],
        [.. groups.SelectMany(group => group.Parameters.Select(item => group.WeightDecay ?? (item.IsAmong(targets) ? weightDecay : 0)))]);

    /// <summary>Everything that is wrong with groups that one optimizer is to have.</summary>
    internal static IReadOnlyList<string> FindProblems(IReadOnlyList<ParameterGroup> groups)
    {
        List<string> problems = [];
        for (int i = 0; i < groups.Count; i++)
        {
            OptimizerChecks.RequireNotNegative(problems, $"The learning-rate factor of group {i}", groups[i].LearningRateFactor);
            if (groups[i].WeightDecay is double decay)
                OptimizerChecks.RequireNotNegative(problems, $"The weight decay of group {i}", decay);
        }
        foreach (IGrouping<string, NamedParameter> twice in groups.SelectMany(group => group.Parameters).GroupBy(item => item.Name)
            .Where(items => items.Skip(1).Any()))
            problems.Add($"{twice.Key} is in {twice.Count()} places of the groups, but must be in one.");
        return problems;
    }
}
