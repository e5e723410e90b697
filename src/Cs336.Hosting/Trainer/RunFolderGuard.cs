using Cs336.Training;

namespace Cs336.Hosting;

/// <summary>
/// Takes a run's folder, and gives it back as it was where the host ends without a trainer: an optimizer of the app's own that cannot be
/// made, say, leaves no folder and no lock behind. Made before the parts that write to the folder, and so disposed after them.
/// </summary>
internal sealed class RunFolderGuard(RunLock runLock) : IDisposable
{
    /// <summary>Whether a trainer was made, to which the folder now belongs.</summary>
    public bool HasTrainer { get; set; }

    public void Dispose()
    {
        if (!HasTrainer) runLock.Abandon();
    }
}
