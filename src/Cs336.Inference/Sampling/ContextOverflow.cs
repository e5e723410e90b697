namespace Cs336.Inference;

/// <summary>What happens when a sequence has filled the model's context and is to go on.</summary>
public enum ContextOverflow
{
    /// <summary>The sequence ends with <see cref="FinishReason.ContextFull"/>.</summary>
    Stop,

    /// <summary>
    /// The model forgets all but the newest half of the context (context_length / 2 tokens, rounded up) and computes these
    /// anew from position 0, so that a sequence may be of any length. That costs a prompt of half a context each time, which
    /// is once in context_length / 2 tokens. What was forgotten no longer has any influence, except on penalties.
    /// </summary>
    Reprime,
}
