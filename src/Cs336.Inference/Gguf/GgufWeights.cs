namespace Cs336.Inference;

/// <summary>
/// Tensors of a GGUF file as the engine holds them: F32, BF16, Q8_0 and Q4_0 stay what they are, everything else becomes float32. Where
/// the file is mapped, what stays is used where it lies.
/// </summary>
internal sealed unsafe class GgufWeights : IDisposable
{
    private const int PartNumbers = 1 << 18; // whole blocks
    private readonly GgufFile _file;
    private readonly MappedFile? _map;

    /// <param name="file">The open file, which is not closed with this.</param>
    /// <param name="mapped">Whether it is to be mapped.</param>
    public GgufWeights(GgufFile file, bool mapped)
    {
        _file = file;
        if (mapped) _map = file.Map();
    }

    /// <summary>A matrix; of a mapped file it is valid until this is disposed.</summary>
    public WeightMatrix Matrix(string name)
    {
        GgufEntry entry = _file.Find(name)!;
        CpuPrecision? stays = PrecisionOf(entry.Type);
        (int rows, int columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        if (stays is { } precision && _map is not null)
            return new WeightMatrix(rows, columns, precision, _map.Start + _file.OffsetOf(name), null, _map);
        AlignedBuffer data = Read(entry, stays is not null);
        return new WeightMatrix(rows, columns, stays ?? CpuPrecision.Float32, data.Pointer, null, data);
    }

    /// <summary>A vector in float32.</summary>
    public AlignedBuffer Vector(string name) => Read(_file.Find(name)!, asItIs: false);

    /// <summary>Ends the map, where there is one.</summary>
    public void Dispose() => _map?.Dispose();

    private static CpuPrecision? PrecisionOf(GgufType type) => type switch
    {
        GgufType.F32 => CpuPrecision.Float32,
        GgufType.BF16 => CpuPrecision.BFloat16,
        GgufType.Q8_0 => CpuPrecision.Q8_0,
        GgufType.Q4_0 => CpuPrecision.Q4_0,
        _ => null,
    };

    private AlignedBuffer Read(GgufEntry entry, bool asItIs)
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
            _file.Read(entry.Name, start, part);
            if (!copied) GgufElements.Read(part, entry.Type, new Span<float>(buffer.Floats + done, count));
        }
        return buffer;
    }
}
