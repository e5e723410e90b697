namespace Cs336.Distributed;

/// <summary>What every engine asks of the buffers that it is given.</summary>
internal static class BufferChecks
{
    public static void RequireSummable(ElementBuffer buffer)
    {
        if (buffer.Type == ElementType.Byte)
            throw new ArgumentException("Bytes are not added up: give float32, bfloat16, float64 or int64.");
    }

    public static void RequireParts(ElementBuffer all, ElementBuffer own, int size)
    {
        if (all.Type != own.Type) throw new ArgumentException($"One buffer is of {all.Type} and the other of {own.Type}.");
        if (all.Count != own.Count * size)
            throw new ArgumentException($"The buffer of all ranks has {all.Count} elements, but {size} ranks with {own.Count} each make "
                + $"{own.Count * size}.");
    }

    public static void RequireRank(int rank, int size)
    {
        if (rank < 0 || rank >= size) throw new ArgumentException($"There is no rank {rank}: there are {size}, numbered from 0.");
    }
}
