namespace Cs336.Training;

/// <summary>
/// Writes the run's configuration when a sitting begins: by then the checkpoint has been taken over, so that a run that is refused
/// keeps what it was begun with.
/// </summary>
internal sealed class ConfigKeeper(RunParts parts) : ITrainingCallback
{
    public void OnBegin(long step) => parts.WriteConfig();
}
