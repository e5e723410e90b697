namespace Cs336.Inference;

/// <summary>The 256 bits that tell where a <see cref="SeededRandom"/> is in its sequence.</summary>
/// <param name="S0">Bits 0 to 63.</param>
/// <param name="S1">Bits 64 to 127.</param>
/// <param name="S2">Bits 128 to 191.</param>
/// <param name="S3">Bits 192 to 255.</param>
public readonly record struct SeededRandomState(ulong S0, ulong S1, ulong S2, ulong S3);
