namespace StoryServer.Api;

/// <summary>A point of the learning curve.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">The mean loss of the steps up to it, in nats per token.</param>
/// <param name="ValidationLoss">The validation loss, where it was measured in these steps.</param>
public sealed record CurvePoint(long Step, double? Loss, double? ValidationLoss);
