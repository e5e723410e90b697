namespace Cs336.Inference;

/// <summary>A piece of a text that is being generated, or a whole one.</summary>
/// <param name="Text">Whole characters only; may be empty in the last piece.</param>
/// <param name="FinishReason">Why the text ended, or null while more pieces follow.</param>
public sealed record GeneratedText(string Text, FinishReason? FinishReason)
{
    /// <summary>The text itself.</summary>
    public override string ToString() => Text;
}
