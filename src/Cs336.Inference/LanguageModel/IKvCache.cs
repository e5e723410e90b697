namespace Cs336.Inference;

/// <summary>
/// The keys and values of one sequence, kept by the model that made it. Its memory is allocated once, for a whole context.
/// </summary>
public interface IKvCache : IDisposable
{
    /// <summary>Number of tokens that the sequence holds.</summary>
    int Length { get; }

    /// <summary>Forgets all tokens from position <paramref name="length"/> on, so that the sequence can go on differently.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative or above <see cref="Length"/>.</exception>
    void Truncate(int length);
}
