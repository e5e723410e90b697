namespace Cs336.Transformer;

/// <summary>
/// Tells libgomp, which runs libtorch's threads, to let a thread that waits for the others spin only shortly before it
/// sleeps. As it comes it spins for milliseconds; where another program wants a core, the spinning threads then keep the
/// one that has work from running, and a training step takes twenty times as long. On an idle machine it makes no difference.
/// </summary>
internal static class WaitingThreads
{
    public const string SpinCount = "GOMP_SPINCOUNT";
    public const string WaitPolicy = "OMP_WAIT_POLICY";

    /// <summary>A few microseconds: longer than the gaps between the operations of a step, shorter than a time slice.</summary>
    public const string Rounds = "3000";

    /// <summary>Sets the count before libgomp is loaded, unless the environment has a word on it.</summary>
    /// <returns>Whether it was set.</returns>
    public static bool Apply() =>
        Glibc.IsPresent
        && Environment.GetEnvironmentVariable(SpinCount) is null
        && Environment.GetEnvironmentVariable(WaitPolicy) is null
        && Glibc.SetEnvironmentVariable(SpinCount, Rounds, overwrite: 0) == 0;
}
