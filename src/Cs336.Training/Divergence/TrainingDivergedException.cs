namespace Cs336.Training;

/// <summary>The loss or the gradient is no longer a finite number. The model is as it was before the step.</summary>
/// <param name="message">What was found, and what to do.</param>
public sealed class TrainingDivergedException(string message) : Exception(message);
