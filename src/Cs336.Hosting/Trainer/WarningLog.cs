using Cs336.Parts;
using Cs336.Training;
using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>Logs what a trainer warns of.</summary>
internal sealed class WarningLog(ILogger logger) : ITrainingCallback
{
    public void OnWarning(string message) => logger.TrainingWarns(message);
}
