using Cs336.Transformer;
using static TorchSharp.torch;

namespace Cs336.Training;

/// <summary>The group of a process that trains alone.</summary>
internal sealed class SingleRank : IRankGroup
{
    public static SingleRank Instance { get; } = new();

    public int Rank => 0;

    public int Size => 1;

    public double[] Gather(ReadOnlySpan<double> own) => own.ToArray();

    public byte[] Share(byte[]? own) => own!;

    public void Fill(IReadOnlyList<Tensor> tensors, int from = 0)
    {
    }

    public void BeginSum(IReadOnlyList<Tensor> tensors, Precision precision = Precision.Float32)
    {
    }

    public void FinishSums()
    {
    }

    public void Abort(string reason)
    {
    }
}
