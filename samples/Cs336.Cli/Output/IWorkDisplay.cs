namespace Cs336.Cli;

/// <summary>Shows how far a piece of work is: in place on a terminal, as lines elsewhere.</summary>
internal interface IWorkDisplay
{
    /// <summary>Tells how far it is.</summary>
    /// <param name="fraction">From 0 to 1.</param>
    /// <param name="details">What else to say, such as a loss or a speed.</param>
    /// <param name="milestone">Whether it is worth a line of its own where lines cannot be rewritten.</param>
    void Report(double fraction, string details, bool milestone = false);
}
