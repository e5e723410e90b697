namespace Stories;

/// <summary>Something in a story that does not hold together.</summary>
/// <param name="Text">What it is, with the sentence where it is seen.</param>
/// <param name="IsOfCast">
/// Whether a name, an animal or a thing stands there that nobody has introduced, or that has become another one or of another color. The
/// rest is about who does what, where, and in which order.
/// </param>
public sealed record StoryProblem(string Text, bool IsOfCast)
{
    /// <inheritdoc/>
    public override string ToString() => Text;
}
