namespace Cs336.Benchmarks.Decoding;

/// <summary>What one process measured.</summary>
/// <param name="Rates">Tokens per second of each text, warm.</param>
/// <param name="Tokens">The ids of the first text, to compare.</param>
/// <param name="LoadSeconds">From the files to a model that can be called.</param>
/// <param name="PromptRate">Tokens per second of a prompt taken in one pass; 0 where it was not measured.</param>
/// <param name="BatchRate">Tokens per second of eight sequences at once, all together; 0 where it was not measured.</param>
/// <param name="InstructionSet">What the contestant says, or shows, that it computed with; empty where it does not.</param>
internal sealed record Measurement(
    double[] Rates, int[] Tokens, double LoadSeconds, double PromptRate, double BatchRate, string InstructionSet);
