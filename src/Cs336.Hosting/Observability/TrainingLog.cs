using Microsoft.Extensions.Logging;

namespace Cs336.Hosting;

/// <summary>What is logged of models and trainings; event ids stay what they are.</summary>
internal static partial class TrainingLog
{
    [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{Message}")]
    public static partial void LibTorchLoaded(this ILogger logger, string message);

    [LoggerMessage(EventId = 2, Level = LogLevel.Information, Message = "{Message}")]
    public static partial void ComputePlanned(this ILogger logger, string message);

    [LoggerMessage(EventId = 3, Level = LogLevel.Information, Message = "{Note}")]
    public static partial void TokenFileUnderstood(this ILogger logger, string note);

    [LoggerMessage(EventId = 10, Level = LogLevel.Information, Message = "Training begins at step {Step}")]
    public static partial void TrainingBegins(this ILogger logger, long step);

    [LoggerMessage(EventId = 11, Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void CheckpointPassedOver(this ILogger logger, string warning);

    [LoggerMessage(EventId = 12, Level = LogLevel.Debug,
        Message = "Step {Step}: loss {Loss}, learning rate {LearningRate}, gradient norm {GradientNorm}, {TokensPerSecond} tokens/s")]
    public static partial void StepDone(
        this ILogger logger, long step, double loss, double learningRate, double gradientNorm, double tokensPerSecond);

    [LoggerMessage(EventId = 13, Level = LogLevel.Information,
        Message = "Step {Step}: validation loss {ValidationLoss} nats per token, {BitsPerByte} bits per byte")]
    public static partial void Validated(this ILogger logger, long step, double validationLoss, double? bitsPerByte);

    [LoggerMessage(EventId = 14, Level = LogLevel.Information, Message = "Training paused after step {Step}")]
    public static partial void TrainingPaused(this ILogger logger, long step);

    [LoggerMessage(EventId = 15, Level = LogLevel.Information, Message = "Training goes on after step {Step}")]
    public static partial void TrainingGoesOn(this ILogger logger, long step);

    [LoggerMessage(EventId = 16, Level = LogLevel.Information,
        Message = "Training ended at step {Step}: {Outcome}; steps that diverged and were left out: {SkippedSteps}")]
    public static partial void TrainingEnded(this ILogger logger, long step, string outcome, long skippedSteps);

    [LoggerMessage(EventId = 17, Level = LogLevel.Warning,
        Message = "Training failed at step {Step}; retry {Retry} of {Retries} from the last checkpoint follows in {Delay}")]
    public static partial void TrainingRetries(this ILogger logger, Exception exception, long step, int retry, int retries, TimeSpan delay);

    [LoggerMessage(EventId = 18, Level = LogLevel.Critical, Message = "Training failed for good at step {Step}; policy: {Policy}")]
    public static partial void TrainingFaulted(this ILogger logger, Exception exception, long step, string policy);

    [LoggerMessage(EventId = 19, Level = LogLevel.Warning,
        Message = "The host's shutdown time is over, but the training's last step is not: waiting for it, and for its checkpoint")]
    public static partial void ShutdownWaits(this ILogger logger);

    [LoggerMessage(EventId = 20, Level = LogLevel.Warning, Message = "{Warning}")]
    public static partial void TrainingWarns(this ILogger logger, string warning);

    [LoggerMessage(EventId = 21, Level = LogLevel.Information, Message = "The training takes over what has changed of its options: {Keys}")]
    public static partial void OptionsTaken(this ILogger logger, string keys);

    [LoggerMessage(EventId = 22, Level = LogLevel.Warning,
        Message = "These options of the training have changed, but hold only from its next start on: {Keys}")]
    public static partial void OptionsNeedNewStart(this ILogger logger, string keys);
}
