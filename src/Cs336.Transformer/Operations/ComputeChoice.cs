namespace Cs336.Transformer;

/// <summary>Which code does one kind of work.</summary>
/// <param name="Work">What is computed, such as "attention".</param>
/// <param name="Code">What computes it, and why.</param>
public sealed record ComputeChoice(string Work, string Code);
