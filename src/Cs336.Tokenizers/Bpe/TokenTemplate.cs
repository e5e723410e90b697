namespace Cs336.Tokenizers;

/// <summary>
/// The ids that a model expects around those of a text, such as one that begins it. Encoding adds them only where asked to.
/// </summary>
/// <param name="Before">The ids before a text's.</param>
/// <param name="After">The ids after them.</param>
public sealed record TokenTemplate(IReadOnlyList<int> Before, IReadOnlyList<int> After)
{
    /// <summary>Nothing before and nothing after.</summary>
    public static TokenTemplate None { get; } = new([], []);

    /// <summary>Whether it adds nothing.</summary>
    public bool IsEmpty => Before.Count == 0 && After.Count == 0;
}
