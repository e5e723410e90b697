namespace Cs336.Training;

/// <summary>One of the texts that a run learns from.</summary>
/// <param name="Path">The token file, as the run's description names it.</param>
/// <param name="Tokens">How many tokens it has.</param>
/// <param name="Fingerprint">See <see cref="Training.Fingerprint"/>.</param>
/// <param name="Share">Which share of all windows comes from it.</param>
internal sealed record TextIdentity(string Path, long Tokens, string Fingerprint, double Share);
