namespace Cs336.Hosting;

/// <summary>
/// Made after the model and so disposed before it: waits for a training that outlives the host's shutdown time, because a model must
/// not be freed while native code computes with it.
/// </summary>
internal sealed class ModelLifetimeGuard(TrainingController controller) : IDisposable
{
    public void Dispose() => controller.WaitForEnd();
}
