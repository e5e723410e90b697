using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>
/// Processes that train one model together, each on its part of every batch. They are numbered from 0: their rank. Each of them calls
/// the same members in the same order, and each call waits for all.
/// </summary>
/// <remarks>
/// What an implementation must hold to: sums are added up in an order that depends only on the number of ranks, and every
/// rank gets the same bits. A rank that is gone or does not come ends the calls of all others, or their processes, in bounded time.
/// </remarks>
public interface IRankGroup
{
    /// <summary>The number of this process.</summary>
    int Rank { get; }

    /// <summary>How many there are.</summary>
    int Size { get; }

    /// <summary>Collects some values of every rank, those of rank 0 first.</summary>
    /// <param name="own">This rank's values; as many as every other's.</param>
    double[] Gather(ReadOnlySpan<double> own);

    /// <summary>Hands bytes of rank 0 to all.</summary>
    /// <param name="own">What rank 0 hands out; ignored on other ranks.</param>
    /// <returns>What rank 0 has given.</returns>
    byte[] Share(byte[]? own);

    /// <summary>Fills tensors with the elements that they have on one rank.</summary>
    /// <param name="tensors">Of the same number, types and shapes on every rank.</param>
    /// <param name="from">The rank whose elements all get.</param>
    void Fill(IReadOnlyList<Tensor> tensors, int from = 0);

    /// <summary>
    /// Begins to add up tensors over all ranks, in place; until <see cref="FinishSums"/> has returned they must not be touched.
    /// </summary>
    /// <param name="tensors">Float32, of the same number and shapes on every rank.</param>
    /// <param name="precision">In which type the elements travel; they are added up in float32.</param>
    void BeginSum(IReadOnlyList<Tensor> tensors, Precision precision = Precision.Float32);

    /// <summary>Waits for all sums that have begun.</summary>
    void FinishSums();

    /// <summary>Ends all ranks, since this one cannot go on: the others would wait for it for ever. May not return.</summary>
    /// <param name="reason">Why, as a sentence.</param>
    void Abort(string reason);
}
