namespace Cs336.Training;

/// <summary>
/// Batches that grow in a line over the first steps (Smith et al., 2018; McCandlish et al., 2018: the noise of gradients, which larger
/// batches even out, grows while a model learns):
/// <code>
/// t &lt; N    B_t = B_0 + ⌊(B - B_0) t / N⌋
/// t ≥ N    B_t = B
/// </code>
/// </summary>
/// <param name="Start">B_0, at least 1.</param>
/// <param name="End">B, at least B_0.</param>
/// <param name="Steps">N; 0 for batches of one size.</param>
internal readonly record struct BatchRamp(int Start, int End, long Steps)
{
    /// <summary>B_t.</summary>
    /// <param name="step">t.</param>
    public int SizeAt(long step) => step >= Steps ? End : Start + (int)((Int128)(End - Start) * step / Steps);

    /// <summary>Windows of the first steps together, one batch for each.</summary>
    public Int128 WindowsOf(long steps)
    {
        Int128 windows = 0;
        for (int size = Start; size < End; size++)
            windows += size * (Int128)(Math.Min(EndOf(size), steps) - Math.Min(EndOf(size - 1), steps));
        return windows + (End * (Int128)(steps - Math.Min(EndOf(End - 1), steps)));
    }

    /// <summary>The least number of steps that have so many windows, at least 1.</summary>
    /// <param name="windows">At least 1.</param>
    public Int128 StepsFor(Int128 windows)
    {
        for (int size = Start; size < End; size++)
        {
            Int128 ofSize = size * (Int128)(EndOf(size) - EndOf(size - 1));
            if (windows <= ofSize) return EndOf(size - 1) + ((windows + size - 1) / size);
            windows -= ofSize;
        }
        return EndOf(End - 1) + ((windows + End - 1) / End);
    }

    /// <summary>The first step whose batches are larger than a size, which is below the end's; 0 for one below the start's.</summary>
    private long EndOf(int size) =>
        size < Start || End == Start ? 0 : (long)((((Int128)(size - Start + 1) * Steps) + (End - Start) - 1) / (End - Start));
}
