namespace Cs336.Inference;

/// <summary>
/// The tensors of a model from a file, read into memory or used where they are mapped. Matrices are brought into the precision asked
/// for, and norms to float32.
/// </summary>
internal sealed unsafe class CpuWeights : IDisposable
{
    private readonly MappedSafetensors? _map;
    private readonly GgufWeights? _gguf;
    private readonly CpuPrecision? _precision;
    private readonly Dictionary<string, WeightMatrix> _matrices = [];
    private readonly Dictionary<string, AlignedBuffer> _vectors = [];

    /// <summary>Opens a file and compares it with the configuration.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or its tensors are not the model's.</exception>
    public CpuWeights(TransformerConfig config, string path, CpuModelOptions options)
    {
        RequireLittleEndian();
        _precision = options.Precision;
        using SafetensorsFile file = new(path, options.MapWeights);
        try
        {
            TransformerTensors.Check(config, file.Tensors, path);
            if (options.MapWeights) _map = new MappedSafetensors(file);
            foreach ((string name, long[] shape) in TransformerTensors.Of(config))
            {
                if (shape.Length == 1) _vectors.Add(name, LoadVector(file, name, (int)shape[0]));
                else _matrices.Add(name, LoadMatrix(file, name, (int)shape[0], (int)shape[1]));
            }
        }
        catch
        {
            _map?.Dispose();
            throw;
        }
    }

    /// <summary>Takes the tensors of an open GGUF file, which have been compared with the configuration.</summary>
    public CpuWeights(TransformerConfig config, GgufFile file, CpuModelOptions options)
    {
        RequireLittleEndian();
        _precision = options.Precision;
        GgufWeights weights = new(file, options.MapWeights);
        _gguf = weights;
        try
        {
            foreach (GgufTensor tensor in GgufTensor.Of(config))
            {
                if (tensor.Shape.Length == 1) _vectors.Add(tensor.Source, weights.Vector(tensor.Name));
                else _matrices.Add(tensor.Source, InPrecision(weights.Matrix(tensor.Name)));
            }
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Takes the tensors of a model of transformers, their rows put in our order as they are read.</summary>
    /// <exception cref="ArgumentException">The weights are to be mapped.</exception>
    public CpuWeights(TransformerConfig config, ModelTensors tensors, string directory, CpuModelOptions options)
    {
        if (options.MapWeights)
            throw new ArgumentException($"map_weights is true, but the weights of {directory} have their rows in another order and cannot "
                + "be used where they lie: leave it out, or import the folder first.");
        _precision = options.Precision;
        TensorCopier copier = new(RotaryOrder.HalvesToPairs, config.HeadSize);
        foreach ((string name, long[] shape) in TransformerTensors.Of(config))
        {
            SafetensorsEntry entry = tensors.Find(name);
            bool isBFloat16 = shape.Length > 1 && entry.Type == SafetensorsType.BF16; // stays what it is, all else becomes float32
            long count = entry.Shape.Aggregate(1L, (a, b) => a * b);
            AlignedBuffer data = new(count * (isBFloat16 ? sizeof(ushort) : sizeof(float)), zeroed: false);
            using UnmanagedMemoryStream stream = new(data.Pointer, 0, data.Length, FileAccess.Write);
            tensors.Copy(name, isBFloat16 ? SafetensorsType.BF16 : SafetensorsType.F32, copier, stream);
            if (shape.Length == 1) _vectors.Add(name, data);
            else
                _matrices.Add(name, InPrecision(new WeightMatrix(
                    (int)shape[0], (int)shape[1], isBFloat16 ? CpuPrecision.BFloat16 : CpuPrecision.Float32, data.Pointer, null, data)));
        }
    }

    /// <summary>
    /// How many inputs share a scale where they have to be quantised, because a matrix is one of integers; null where none is.
    /// </summary>
    public int? InputBlock => _matrices.Values.Any(matrix => matrix.Precision == CpuPrecision.Int8) ? Activations.Block
        : _matrices.Values.Any(matrix => matrix.Precision is CpuPrecision.Q8_0 or CpuPrecision.Q4_0) ? WeightBlocks.Numbers : null;

    /// <summary>A matrix in the precision asked for, or in the file's.</summary>
    public WeightMatrix Matrix(string name) => _matrices[name];

    /// <summary>A vector in float32.</summary>
    public AlignedBuffer Vector(string name) => _vectors[name];

    /// <summary>Writes the tensors in the precision asked for, or in the file's.</summary>
    /// <exception cref="NotSupportedException">They are blocks of a GGUF file.</exception>
    public void Write(TransformerConfig config, Stream destination)
    {
        if (_matrices.Values.Any(matrix => matrix.Precision is CpuPrecision.Q8_0 or CpuPrecision.Q4_0))
            throw new NotSupportedException("The model is held in the blocks of its GGUF file, which no safetensors file can hold: copy "
                + "the GGUF file, or load it with a precision, such as Int8.");
        List<SafetensorsEntry> entries = [];
        foreach ((string name, long[] shape) in TransformerTensors.Of(config))
        {
            SafetensorsType type = shape.Length == 1 ? SafetensorsType.F32 : TypeOf(Matrix(name).Precision);
            entries.Add(new SafetensorsEntry(name, type, shape));
            if (type == SafetensorsType.I8)
                entries.Add(new SafetensorsEntry(name + TransformerTensors.ScaleSuffix, SafetensorsType.F32, shape[..1]));
        }
        WeightMatrix? matrix = null;
        SafetensorsWriter.Write(destination, entries, (entry, stream) =>
        {
            if (entry.Name.EndsWith(TransformerTensors.ScaleSuffix, StringComparison.Ordinal)) // scales follow their matrix
                WriteBytes(stream, (byte*)matrix!.Scales, entry.ByteLength);
            else if (entry.Shape.Count == 2)
                WriteBytes(stream, (matrix = Matrix(entry.Name)).Data, entry.ByteLength);
            else if (Vector(entry.Name) is var vector)
                WriteBytes(stream, vector.Pointer, entry.ByteLength);
        });
    }

    public void Dispose()
    {
        _map?.Dispose();
        _gguf?.Dispose();
    }

    /// <summary>Elements are used as they lie in files, where they are little-endian.</summary>
    private static void RequireLittleEndian()
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("The CPU engine needs a little-endian processor.");
    }

    private WeightMatrix LoadMatrix(SafetensorsFile file, string name, int rows, int columns)
    {
        SafetensorsType type = file.Find(name)!.Type;
        CpuPrecision stored = StoredPrecision(type);
        (nint address, object owner) = Elements(file, name);
        byte* data = (byte*)address;
        if (type == SafetensorsType.F16)
        {
            AlignedBuffer widened = WidenHalves(data, (long)rows * columns);
            GC.KeepAlive(owner);
            data = widened.Pointer;
            owner = widened;
        }
        float* scales = null;
        if (stored == CpuPrecision.Int8)
        {
            (nint scaleData, object scaleOwner) = Elements(file, name + TransformerTensors.ScaleSuffix);
            scales = (float*)scaleData;
            owner = (owner, scaleOwner);
        }
        WeightMatrix matrix = new(rows, columns, stored, data, scales, owner);
        return InPrecision(matrix);
    }

    private WeightMatrix InPrecision(WeightMatrix matrix) =>
        _precision is { } precision && precision != matrix.Precision ? WeightConversion.Convert(matrix, precision) : matrix;

    private AlignedBuffer LoadVector(SafetensorsFile file, string name, int count)
    {
        SafetensorsType type = file.Find(name)!.Type;
        (nint address, object owner) = Elements(file, name);
        byte* data = (byte*)address;
        AlignedBuffer vector = type == SafetensorsType.F16
            ? WidenHalves(data, count)
            : new AlignedBuffer((long)count * sizeof(float), zeroed: false);
        if (type != SafetensorsType.F16)
            new WeightMatrix(1, count, StoredPrecision(type), data, null, owner).ReadRow(0, new Span<float>(vector.Floats, count));
        GC.KeepAlive(owner);
        return vector;
    }

    /// <summary>A tensor's elements, and what holds their memory.</summary>
    private (nint Data, object Owner) Elements(SafetensorsFile file, string name)
    {
        if (_map is not null) return ((nint)_map.DataOf(name), _map);
        AlignedBuffer buffer = new(file.Find(name)!.ByteLength, zeroed: false);
        file.Read(name, buffer.Pointer);
        return ((nint)buffer.Pointer, buffer);
    }

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
        const int MaxWrite = 1 << 20;
        for (long done = 0; done < count; done += MaxWrite)
            destination.Write(new ReadOnlySpan<byte>(bytes + done, (int)Math.Min(MaxWrite, count - done)));
    }

    private static AlignedBuffer WidenHalves(byte* halves, long count)
    {
        AlignedBuffer floats = new(count * sizeof(float), zeroed: false);
        for (long i = 0; i < count; i++) floats.Floats[i] = (float)((Half*)halves)[i];
        return floats;
    }
}
