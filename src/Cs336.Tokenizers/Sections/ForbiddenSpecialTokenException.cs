namespace Cs336.Tokenizers;

/// <summary>A text holds a special token where <see cref="SpecialTokenHandling.Forbid"/> forbids them.</summary>
/// <param name="token">The text of the special token.</param>
/// <param name="offset">The byte of the input at which it begins, counted from 0.</param>
public sealed class ForbiddenSpecialTokenException(string token, long offset) : ArgumentException(
    $"The text holds the special token '{token}' at byte {offset}, but special tokens are forbidden here: remove it, or pass " +
    $"{nameof(SpecialTokenHandling)}.{nameof(SpecialTokenHandling.Allow)} or {nameof(SpecialTokenHandling.Ignore)}.")
{
    /// <summary>The text of the special token.</summary>
    public string Token { get; } = token;

    /// <summary>The byte at which it begins, counted from 0 in the whole input: the text, stream or file.</summary>
    public long Offset { get; } = offset;
}
