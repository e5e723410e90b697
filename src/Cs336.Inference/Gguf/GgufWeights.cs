namespace Cs336.Inference;

/// <summary>Tensors of a GGUF file as the engine holds them: bfloat16 stays, everything else becomes float32.</summary>
internal static unsafe class GgufWeights
{
    private const int PartNumbers = 1 << 18; // whole blocks

    /// <summary>A matrix.</summary>
    public static WeightMatrix Matrix(GgufFile file, string name)
    {
        GgufEntry entry = file.Find(name)!;
        AlignedBuffer data = Read(file, entry, entry.Type == GgufType.BF16);
        CpuPrecision precision = entry.Type == GgufType.BF16 ? CpuPrecision.BFloat16 : CpuPrecision.Float32;
        return new WeightMatrix((int)entry.Shape[0], (int)entry.Shape[1], precision, data.Pointer, null, data);
    }

    /// <summary>A vector in float32.</summary>
    public static AlignedBuffer Vector(GgufFile file, string name) => Read(file, file.Find(name)!, asItIs: false);

    private static AlignedBuffer Read(GgufFile file, GgufEntry entry, bool asItIs)
    {
        bool copied = asItIs || entry.Type == GgufType.F32;
        AlignedBuffer buffer = new(copied ? entry.ByteLength : entry.Count * sizeof(float), zeroed: false);
        byte[] bytes = copied ? [] : new byte[GgufElements.SizeOf(entry.Type, Math.Min(PartNumbers, entry.Count))];
        for (long done = 0; done < entry.Count; done += PartNumbers)
        {
            int count = (int)Math.Min(PartNumbers, entry.Count - done);
            long start = GgufElements.SizeOf(entry.Type, done);
            int length = (int)GgufElements.SizeOf(entry.Type, count);
            Span<byte> part = copied ? new Span<byte>(buffer.Pointer + start, length) : bytes.AsSpan(0, length);
            file.Read(entry.Name, start, part);
            if (!copied) GgufElements.Read(part, entry.Type, new Span<float>(buffer.Floats + done, count));
        }
        return buffer;
    }
}
