namespace Cs336.Inference;

/// <summary>How <see cref="CpuLanguageModel"/> runs a model.</summary>
public sealed record CpuModelOptions
{
    /// <summary>
    /// What the matrices are held in. Default null: what the file holds (float16 becomes float32, and so do Q4_K and Q6_K of GGUF);
    /// to another precision it is converted when the model is loaded. Nothing is converted to Q8_0 or Q4_0.
    /// </summary>
    public CpuPrecision? Precision { get; set; }

    /// <summary>
    /// Whether the weights are used where they lie in the file, mapped, instead of being read into memory. A mapped model starts in
    /// milliseconds, and processes that run it share its memory; but the file must not be written to or shortened in place while the
    /// model is used: tokens would come of other weights, and where the file has become shorter the system ends the process. Replacing
    /// it by a rename, as checkpoints and <see cref="CpuLanguageModel.Save"/> do, and deleting it are safe. Default false.
    /// </summary>
    public bool MapWeights { get; set; }

    /// <summary>
    /// Number of threads that compute, the calling one included. Default null: one per processor; at least 1. The results do not depend on
    /// it.
    /// </summary>
    public int? ThreadCount { get; set; }

    /// <summary>Everything that is wrong with the options, one sentence each; empty where they are sound.</summary>
    public IReadOnlyList<string> FindProblems()
    {
        List<string> problems = [];
        if (Precision is CpuPrecision.Q8_0 or CpuPrecision.Q4_0)
            problems.Add($"precision is {Precision}, which nothing is converted to: write a GGUF file of it, and name no precision.");
        else if (Precision is { } precision && !WeightConversion.Targets.Contains(precision))
            problems.Add($"precision is {precision}, but must be one of {string.Join(", ", WeightConversion.Targets)}.");
        if (ThreadCount is < 1 or > MaxThreads)
            problems.Add($"thread_count is {ThreadCount}, but must be 1 to {MaxThreads}; one a processor is usual.");
        return problems;
    }

    /// <summary>Checks the options.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message lists every problem at once.</exception>
    public void Validate()
    {
        IReadOnlyList<string> problems = FindProblems();
        if (problems.Count > 0) throw new ArgumentException(string.Join(Environment.NewLine, problems));
    }

    private const int MaxThreads = 1024;
}
