namespace Cs336.Inference;

/// <summary>
/// The tensors of a model from a mapped file. A matrix that the file holds in the precision asked for is used where it is
/// mapped; others are converted, and so are norms that are not float32.
/// </summary>
internal sealed unsafe class CpuWeights : IDisposable
{
    private readonly MappedSafetensors _file;
    private readonly CpuPrecision? _precision;

    /// <summary>Maps a file and compares it with the configuration.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its tensors are not the model's; all differences are listed.</exception>
    public CpuWeights(TransformerConfig config, string path, CpuPrecision? precision)
    {
        // Elements are used as they lie in the file, and there they are little-endian.
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("The CPU engine needs a little-endian processor.");
        _precision = precision;
        _file = new MappedSafetensors(path);
        try
        {
            TransformerTensors.Check(config, _file);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Whether any matrix is int8, so that inputs have to be quantised.</summary>
    public bool HaveInt8 => _precision is { } precision ? precision == CpuPrecision.Int8 : _file.Tensors.Any(entry => entry.Type == SafetensorsType.I8);

    /// <summary>A matrix in the precision asked for, or in the file's.</summary>
    public WeightMatrix Matrix(string name)
    {
        SafetensorsEntry entry = _file.Find(name)!;
        (int rows, int columns) = ((int)entry.Shape[0], (int)entry.Shape[1]);
        CpuPrecision stored = StoredPrecision(entry.Type);
        byte* data = _file.DataOf(name);
        if (entry.Type == SafetensorsType.F16)
        {
            AlignedBuffer widened = WidenHalves(data, (long)rows * columns);
            return Convert(new WeightMatrix(rows, columns, stored, widened.Pointer, null, widened));
        }
        float* scales = stored == CpuPrecision.Int8 ? (float*)_file.DataOf(name + TransformerTensors.ScaleSuffix) : null;
        return Convert(new WeightMatrix(rows, columns, stored, data, scales, _file));
    }

    /// <summary>A vector in float32.</summary>
    public AlignedBuffer Vector(string name)
    {
        SafetensorsEntry entry = _file.Find(name)!;
        int count = (int)entry.Shape[0];
        byte* data = _file.DataOf(name);
        if (entry.Type == SafetensorsType.F16) return WidenHalves(data, count);
        AlignedBuffer vector = new((long)count * sizeof(float));
        new WeightMatrix(1, count, StoredPrecision(entry.Type), data, null, _file).ReadRow(0, new Span<float>(vector.Floats, count));
        return vector;
    }

    /// <summary>Writes the tensors in the precision asked for, or in the file's.</summary>
    public void Write(TransformerConfig config, Stream destination)
    {
        List<SafetensorsEntry> entries = [];
        foreach ((string name, long[] shape) in TransformerTensors.Of(config))
        {
            SafetensorsType type = shape.Length == 1 ? SafetensorsType.F32 : TypeOf(PrecisionOf(name));
            entries.Add(new SafetensorsEntry(name, type, shape));
            if (type == SafetensorsType.I8) entries.Add(new SafetensorsEntry(name + TransformerTensors.ScaleSuffix, SafetensorsType.F32, shape[..1]));
        }
        WeightMatrix? matrix = null;
        SafetensorsWriter.Write(destination, entries, (entry, stream) =>
        {
            if (entry.Name.EndsWith(TransformerTensors.ScaleSuffix, StringComparison.Ordinal)) // behind its matrix
                WriteBytes(stream, (byte*)matrix!.Scales, entry.ByteLength);
            else if (entry.Shape.Count == 2)
                WriteBytes(stream, (matrix = Matrix(entry.Name)).Data, entry.ByteLength);
            else if (Vector(entry.Name) is var vector)
                WriteBytes(stream, vector.Pointer, entry.ByteLength);
        });
    }

    public void Dispose() => _file.Dispose();

    private CpuPrecision PrecisionOf(string name) => _precision ?? StoredPrecision(_file.Find(name)!.Type);

    private static CpuPrecision StoredPrecision(SafetensorsType type) => type switch
    {
        SafetensorsType.I8 => CpuPrecision.Int8,
        SafetensorsType.BF16 => CpuPrecision.BFloat16,
        _ => CpuPrecision.Float32,
    };

    private static SafetensorsType TypeOf(CpuPrecision precision) => precision switch
    {
        CpuPrecision.Int8 => SafetensorsType.I8,
        CpuPrecision.BFloat16 => SafetensorsType.BF16,
        _ => SafetensorsType.F32,
    };

    private static void WriteBytes(Stream destination, byte* bytes, long count)
    {
        const int Part = 1 << 20;
        for (long done = 0; done < count; done += Part) destination.Write(new ReadOnlySpan<byte>(bytes + done, (int)Math.Min(Part, count - done)));
    }

    private WeightMatrix Convert(WeightMatrix matrix) =>
        _precision is { } precision && precision != matrix.Precision ? WeightConversion.Convert(matrix, precision) : matrix;

    private static AlignedBuffer WidenHalves(byte* halves, long count)
    {
        AlignedBuffer floats = new(count * sizeof(float));
        for (long i = 0; i < count; i++) floats.Floats[i] = (float)((Half*)halves)[i];
        return floats;
    }
}
